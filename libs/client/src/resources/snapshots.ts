import { everyItem } from '../pages.js';
import { answerOf } from '../send/answer-of.js';
import type {
  CloneVm,
  CreateSnapshot,
  Page,
  Snapshot,
  SnapshotChange,
  SnapshotQuery,
  VmChange,
} from '../types.js';
import type { Api } from './api.js';

/** Snapshots of VMs. Changes answer at once with the operation that carries them out. */
export class Snapshots {
  constructor(private readonly api: Api) {}

  list(query: SnapshotQuery = {}, signal?: AbortSignal): Promise<Page<Snapshot>> {
    return answerOf(this.api.GET('/v1/snapshots', { params: { query }, signal }));
  }

  all(query: SnapshotQuery = {}, signal?: AbortSignal): AsyncGenerator<Snapshot, void, undefined> {
    return everyItem((cursor) => this.list({ ...query, cursor }, signal));
  }

  get(id: string): Promise<Snapshot> {
    return answerOf(this.api.GET('/v1/snapshots/{id}', { params: { path: { id } } }));
  }

  /** Of a VM, by its id or name. */
  create(vm: string, body: CreateSnapshot): Promise<SnapshotChange> {
    return answerOf(this.api.POST('/v1/vms/{id}/snapshots', { params: { path: { id: vm } }, body }));
  }

  delete(id: string): Promise<SnapshotChange> {
    return answerOf(this.api.DELETE('/v1/snapshots/{id}', { params: { path: { id } } }));
  }

  /** Puts the VM back to it; `memory` left out: if the snapshot has it. */
  restore(id: string, memory?: boolean): Promise<VmChange> {
    const params = { path: { id } };
    return answerOf(this.api.POST('/v1/snapshots/{id}/restore', { params, body: { memory } }));
  }

  /** A new VM with copies of the disks of this one, as they are now or as a snapshot holds them. */
  clone(vm: string, body: CloneVm): Promise<VmChange> {
    return answerOf(this.api.POST('/v1/vms/{id}/clone', { params: { path: { id: vm } }, body }));
  }
}
