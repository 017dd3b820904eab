import { everyItem } from '../pages.js';
import { answerOf } from '../send/answer-of.js';
import type { EnrolledHost, EnrollHost, Host, Page, PageQuery, PatchHost } from '../types.js';
import type { Api } from './api.js';

/** Hosts; the name will do for the id. */
export class Hosts {
  constructor(private readonly api: Api) {}

  list(query: PageQuery = {}, signal?: AbortSignal): Promise<Page<Host>> {
    return answerOf(this.api.GET('/v1/hosts', { params: { query }, signal }));
  }

  all(query: PageQuery = {}, signal?: AbortSignal): AsyncGenerator<Host, void, undefined> {
    return everyItem((cursor) => this.list({ ...query, cursor }, signal));
  }

  /** The credentials in the answer are shown this once. */
  enroll(body: EnrollHost): Promise<EnrolledHost> {
    return answerOf(this.api.POST('/v1/hosts/enroll', { body }));
  }

  /** Closes it to new VMs; what runs there goes on. */
  cordon(id: string): Promise<Host> {
    return answerOf(this.api.POST('/v1/hosts/{id}/cordon', { params: { path: { id } } }));
  }

  uncordon(id: string): Promise<Host> {
    return answerOf(this.api.POST('/v1/hosts/{id}/uncordon', { params: { path: { id } } }));
  }

  patch(id: string, body: PatchHost): Promise<Host> {
    return answerOf(this.api.PATCH('/v1/hosts/{id}', { params: { path: { id } }, body }));
  }

  get(id: string): Promise<Host> {
    return answerOf(this.api.GET('/v1/hosts/{id}', { params: { path: { id } } }));
  }
}
