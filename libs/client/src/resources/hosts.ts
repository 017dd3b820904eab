import { everyItem } from '../pages.js';
import { answerOf } from '../send/answer-of.js';
import type { EnrolledHost, EnrollHost, Host, HostChange, HostQuery, Page, PatchHost } from '../types.js';
import type { Api } from './api.js';

/** Hosts; the name will do for the id. */
export class Hosts {
  constructor(private readonly api: Api) {}

  list(query: HostQuery = {}, signal?: AbortSignal): Promise<Page<Host>> {
    return answerOf(this.api.GET('/v1/hosts', { params: { query }, signal }));
  }

  all(query: HostQuery = {}, signal?: AbortSignal): AsyncGenerator<Host, void, undefined> {
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

  /** Its VMs that are off or have failover are moved; the operation says what stays and why. */
  drain(id: string): Promise<HostChange> {
    return answerOf(this.api.POST('/v1/hosts/{id}/drain', { params: { path: { id } } }));
  }

  /** It is expected to be away. `force`: although VMs are to run there. */
  maintenance(id: string, body: { force?: boolean } = {}): Promise<Host> {
    return answerOf(this.api.POST('/v1/hosts/{id}/maintenance', { params: { path: { id } }, body }));
  }

  /** What was refused as this host is it from now on. */
  accept(id: string): Promise<Host> {
    return answerOf(this.api.POST('/v1/hosts/{id}/accept', { params: { path: { id } } }));
  }

  get(id: string): Promise<Host> {
    return answerOf(this.api.GET('/v1/hosts/{id}', { params: { path: { id } } }));
  }
}
