import { everyItem } from '../pages.js';
import { answerOf } from '../send/answer-of.js';
import type { DiskChange, Page, RestoreStrayDisk, StrayDisk, StrayDiskQuery } from '../types.js';
import type { Api } from './api.js';

const byId = (id: string) => ({ params: { path: { id } } });

/** Files in pools that no disk is known for. */
export class StrayDisks {
  constructor(private readonly api: Api) {}

  list(query: StrayDiskQuery = {}, signal?: AbortSignal): Promise<Page<StrayDisk>> {
    return answerOf(this.api.GET('/v1/stray-disks', { params: { query }, signal }));
  }

  all(query: StrayDiskQuery = {}, signal?: AbortSignal): AsyncGenerator<StrayDisk, void, undefined> {
    return everyItem((cursor) => this.list({ ...query, cursor }, signal));
  }

  restore(id: string, body: RestoreStrayDisk): Promise<DiskChange> {
    return answerOf(this.api.POST('/v1/stray-disks/{id}/restore', { ...byId(id), body }));
  }

  delete(id: string): Promise<DiskChange> {
    return answerOf(this.api.DELETE('/v1/stray-disks/{id}', byId(id)));
  }
}
