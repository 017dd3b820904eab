import { everyItem } from '../pages.js';
import { answerOf } from '../send/answer-of.js';
import type { Address, AddressQuery, Page, ReserveAddress } from '../types.js';
import type { Api } from './api.js';

/** Addresses of networks that are not free, and who holds them. */
export class Addresses {
  constructor(private readonly api: Api) {}

  list(query: AddressQuery = {}, signal?: AbortSignal): Promise<Page<Address>> {
    return answerOf(this.api.GET('/v1/addresses', { params: { query }, signal }));
  }

  all(query: AddressQuery = {}, signal?: AbortSignal): AsyncGenerator<Address, void, undefined> {
    return everyItem((cursor) => this.list({ ...query, cursor }, signal));
  }

  get(id: string): Promise<Address> {
    return answerOf(this.api.GET('/v1/addresses/{id}', { params: { path: { id } } }));
  }

  reserve(body: ReserveAddress): Promise<Address> {
    return answerOf(this.api.POST('/v1/addresses', { body }));
  }

  /** One that a VM has is taken from it; only an admin may. */
  async release(id: string): Promise<void> {
    await answerOf(this.api.DELETE('/v1/addresses/{id}', { params: { path: { id } } }));
  }
}
