import { everyItem } from '../pages.js';
import { answerOf } from '../send/answer-of.js';
import type { CreatePortForward, ListedPortForward, Page, PortForwardQuery, VmChange } from '../types.js';
import type { Api } from './api.js';

/** Ports of hosts that lead to guests. Changes answer at once with the operation that carries them out. */
export class PortForwards {
  constructor(private readonly api: Api) {}

  list(query: PortForwardQuery = {}, signal?: AbortSignal): Promise<Page<ListedPortForward>> {
    return answerOf(this.api.GET('/v1/port-forwards', { params: { query }, signal }));
  }

  all(
    query: PortForwardQuery = {},
    signal?: AbortSignal,
  ): AsyncGenerator<ListedPortForward, void, undefined> {
    return everyItem((cursor) => this.list({ ...query, cursor }, signal));
  }

  get(id: string): Promise<ListedPortForward> {
    return answerOf(this.api.GET('/v1/port-forwards/{id}', { params: { path: { id } } }));
  }

  create(body: CreatePortForward): Promise<VmChange> {
    return answerOf(this.api.POST('/v1/port-forwards', { body }));
  }

  delete(id: string): Promise<VmChange> {
    return answerOf(this.api.DELETE('/v1/port-forwards/{id}', { params: { path: { id } } }));
  }
}
