import { everyItem } from '../pages.js';
import { answerOf } from '../send/answer-of.js';
import type { CreateNetwork, Network, NetworkQuery, Page, PatchNetwork } from '../types.js';
import type { Api } from './api.js';

/** Networks; the name will do for the id. */
export class Networks {
  constructor(private readonly api: Api) {}

  list(query: NetworkQuery = {}, signal?: AbortSignal): Promise<Page<Network>> {
    return answerOf(this.api.GET('/v1/networks', { params: { query }, signal }));
  }

  all(query: NetworkQuery = {}, signal?: AbortSignal): AsyncGenerator<Network, void, undefined> {
    return everyItem((cursor) => this.list({ ...query, cursor }, signal));
  }

  get(id: string): Promise<Network> {
    return answerOf(this.api.GET('/v1/networks/{id}', { params: { path: { id } } }));
  }

  create(body: CreateNetwork): Promise<Network> {
    return answerOf(this.api.POST('/v1/networks', { body }));
  }

  change(id: string, body: PatchNetwork): Promise<Network> {
    return answerOf(this.api.PATCH('/v1/networks/{id}', { params: { path: { id } }, body }));
  }

  async delete(id: string): Promise<void> {
    await answerOf(this.api.DELETE('/v1/networks/{id}', { params: { path: { id } } }));
  }
}
