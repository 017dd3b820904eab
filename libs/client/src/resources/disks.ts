import { everyItem } from '../pages.js';
import { answerOf } from '../send/answer-of.js';
import type { AttachDisk, CreateDisk, Disk, DiskChange, DiskQuery, Page, PatchDisk } from '../types.js';
import type { Api } from './api.js';

const byId = (id: string) => ({ params: { path: { id } } });

/** Disks, those of VMs too; the name of one that has a name will do for the id. */
export class Disks {
  constructor(private readonly api: Api) {}

  list(query: DiskQuery = {}, signal?: AbortSignal): Promise<Page<Disk>> {
    return answerOf(this.api.GET('/v1/disks', { params: { query }, signal }));
  }

  all(query: DiskQuery = {}, signal?: AbortSignal): AsyncGenerator<Disk, void, undefined> {
    return everyItem((cursor) => this.list({ ...query, cursor }, signal));
  }

  get(id: string): Promise<Disk> {
    return answerOf(this.api.GET('/v1/disks/{id}', byId(id)));
  }

  create(body: CreateDisk): Promise<DiskChange> {
    return answerOf(this.api.POST('/v1/disks', { body }));
  }

  /** Without an operation when nothing had to be done on a host. */
  update(id: string, body: PatchDisk): Promise<DiskChange> {
    return answerOf(this.api.PATCH('/v1/disks/{id}', { ...byId(id), body }));
  }

  attach(id: string, body: AttachDisk): Promise<DiskChange> {
    return answerOf(this.api.POST('/v1/disks/{id}/attach', { ...byId(id), body }));
  }

  detach(id: string, timeoutSeconds?: number): Promise<DiskChange> {
    return answerOf(this.api.POST('/v1/disks/{id}/detach', { ...byId(id), body: { timeoutSeconds } }));
  }

  delete(id: string): Promise<DiskChange> {
    return answerOf(this.api.DELETE('/v1/disks/{id}', byId(id)));
  }
}
