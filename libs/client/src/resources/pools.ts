import { everyItem } from '../pages.js';
import { answerOf } from '../send/answer-of.js';
import type { Page, PatchPool, Pool, PoolQuery } from '../types.js';
import type { Api } from './api.js';

/** Pools; a name that only one pool has will do for the id. */
export class Pools {
  constructor(private readonly api: Api) {}

  list(query: PoolQuery = {}, signal?: AbortSignal): Promise<Page<Pool>> {
    return answerOf(this.api.GET('/v1/pools', { params: { query }, signal }));
  }

  all(query: PoolQuery = {}, signal?: AbortSignal): AsyncGenerator<Pool, void, undefined> {
    return everyItem((cursor) => this.list({ ...query, cursor }, signal));
  }

  get(id: string): Promise<Pool> {
    return answerOf(this.api.GET('/v1/pools/{id}', { params: { path: { id } } }));
  }

  update(id: string, body: PatchPool): Promise<Pool> {
    return answerOf(this.api.PATCH('/v1/pools/{id}', { params: { path: { id } }, body }));
  }
}
