import { everyItem } from '../pages.js';
import { answerOf } from '../send/answer-of.js';
import type { AdoptVm, Page, StrayVm, StrayVmQuery, VmChange } from '../types.js';
import type { Api } from './api.js';

/** VMs that a host has and nobody knows. */
export class StrayVms {
  constructor(private readonly api: Api) {}

  list(query: StrayVmQuery = {}, signal?: AbortSignal): Promise<Page<StrayVm>> {
    return answerOf(this.api.GET('/v1/stray-vms', { params: { query }, signal }));
  }

  all(query: StrayVmQuery = {}, signal?: AbortSignal): AsyncGenerator<StrayVm, void, undefined> {
    return everyItem((cursor) => this.list({ ...query, cursor }, signal));
  }

  adopt(id: string, body: AdoptVm = {}): Promise<VmChange> {
    return answerOf(this.api.POST('/v1/stray-vms/{id}/adopt', { params: { path: { id } }, body }));
  }
}
