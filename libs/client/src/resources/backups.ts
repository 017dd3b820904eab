import { everyItem } from '../pages.js';
import { answerOf } from '../send/answer-of.js';
import type {
  Backup,
  BackupChange,
  BackupQuery,
  CreateBackup,
  Page,
  RestoreBackup,
  VmChange,
} from '../types.js';
import type { Api } from './api.js';

/** Backups of VMs; they outlive their VM. Changes answer at once with the operation that carries them out. */
export class Backups {
  constructor(private readonly api: Api) {}

  /** Newest first. */
  list(query: BackupQuery = {}, signal?: AbortSignal): Promise<Page<Backup>> {
    return answerOf(this.api.GET('/v1/backups', { params: { query }, signal }));
  }

  all(query: BackupQuery = {}, signal?: AbortSignal): AsyncGenerator<Backup, void, undefined> {
    return everyItem((cursor) => this.list({ ...query, cursor }, signal));
  }

  get(id: string): Promise<Backup> {
    return answerOf(this.api.GET('/v1/backups/{id}', { params: { path: { id } } }));
  }

  /** Of a VM, by its id or name. */
  create(vm: string, body: CreateBackup): Promise<BackupChange> {
    return answerOf(this.api.POST('/v1/vms/{id}/backups', { params: { path: { id: vm } }, body }));
  }

  /** `cascade`: those that add to it as well; otherwise it is refused while there are such. */
  delete(id: string, { cascade = false } = {}): Promise<BackupChange> {
    const query = cascade ? { cascade: 'true' as const } : {};
    return answerOf(this.api.DELETE('/v1/backups/{id}', { params: { path: { id }, query } }));
  }

  /** Has its files read again and compared with their checksums. */
  verify(id: string): Promise<BackupChange> {
    return answerOf(this.api.POST('/v1/backups/{id}/verify', { params: { path: { id } } }));
  }

  /** Into a new VM (`name`), or into the VM that it was made of (`inPlace`). */
  restore(id: string, body: RestoreBackup): Promise<VmChange> {
    return answerOf(this.api.POST('/v1/backups/{id}/restore', { params: { path: { id } }, body }));
  }
}
