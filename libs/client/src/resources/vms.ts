import { everyItem } from '../pages.js';
import { answerOf } from '../send/answer-of.js';
import type {
  CreateVm,
  Page,
  PatchVm,
  Reboot,
  Shutdown,
  Vm,
  VmChange,
  VmExit,
  VmExitSummary,
  VmQuery,
  WaitGoal,
} from '../types.js';
import type { Api } from './api.js';

/** VMs; wherever an id is taken, the name will do. Changes answer at once with the operation that carries them out. */
export class Vms {
  constructor(private readonly api: Api) {}

  list(query: VmQuery = {}, signal?: AbortSignal): Promise<Page<Vm>> {
    return answerOf(this.api.GET('/v1/vms', { params: { query }, signal }));
  }

  all(query: VmQuery = {}, signal?: AbortSignal): AsyncGenerator<Vm, void, undefined> {
    return everyItem((cursor) => this.list({ ...query, cursor }, signal));
  }

  get(id: string, signal?: AbortSignal): Promise<Vm> {
    return answerOf(this.api.GET('/v1/vms/{id}', { params: { path: { id } }, signal }));
  }

  create(body: CreateVm): Promise<VmChange> {
    return answerOf(this.api.POST('/v1/vms', { body }));
  }

  change(id: string, body: PatchVm): Promise<VmChange> {
    return answerOf(this.api.PATCH('/v1/vms/{id}', { params: { path: { id } }, body }));
  }

  /** `purge`: also where deleted VMs are kept for a while; `purgeAt`: keep it in the trash until then. */
  delete(
    id: string,
    { purge = false, purgeAt }: { purge?: boolean; purgeAt?: string } = {},
  ): Promise<VmChange> {
    const query = { purge: purge ? ('true' as const) : undefined, purgeAt };
    return answerOf(this.api.DELETE('/v1/vms/{id}', { params: { path: { id }, query } }));
  }

  /** Takes it out of the trash; it stays off. */
  restore(id: string): Promise<VmChange> {
    return answerOf(this.api.POST('/v1/vms/{id}/restore', { params: { path: { id } } }));
  }

  start(id: string): Promise<VmChange> {
    return answerOf(this.api.POST('/v1/vms/{id}/start', { params: { path: { id } } }));
  }

  shutdown(id: string, body: Shutdown = {}): Promise<VmChange> {
    return answerOf(this.api.POST('/v1/vms/{id}/shutdown', { params: { path: { id } }, body }));
  }

  stop(id: string): Promise<VmChange> {
    return answerOf(this.api.POST('/v1/vms/{id}/stop', { params: { path: { id } } }));
  }

  reboot(id: string, body: Reboot = {}): Promise<VmChange> {
    return answerOf(this.api.POST('/v1/vms/{id}/reboot', { params: { path: { id } }, body }));
  }

  reset(id: string): Promise<VmChange> {
    return answerOf(this.api.POST('/v1/vms/{id}/reset', { params: { path: { id } } }));
  }

  pause(id: string): Promise<VmChange> {
    return answerOf(this.api.POST('/v1/vms/{id}/pause', { params: { path: { id } } }));
  }

  resume(id: string): Promise<VmChange> {
    return answerOf(this.api.POST('/v1/vms/{id}/resume', { params: { path: { id } } }));
  }

  /** Long-polls once, for at most `seconds` (120); throws the ApiError `deadline_exceeded` when it is not so by then. */
  waitFor(id: string, goal: WaitGoal, seconds: number, signal?: AbortSignal): Promise<Vm> {
    const params = { path: { id }, query: { for: goal, timeout: `${seconds}s` } };
    return answerOf(this.api.GET('/v1/vms/{id}/wait', { params, signal }));
  }

  /** How its last QEMU processes ended, newest first. */
  async exits(id: string): Promise<VmExitSummary[]> {
    const { items } = await answerOf(this.api.GET('/v1/vms/{id}/exits', { params: { path: { id } } }));
    return items;
  }

  exit(id: string, sequence: number): Promise<VmExit> {
    const path = { id, sequence: String(sequence) };
    return answerOf(this.api.GET('/v1/vms/{id}/exits/{sequence}', { params: { path } }));
  }

  /** The end of what the guest wrote to its serial console, at most so many bytes. */
  consoleLog(id: string, tailBytes?: number): Promise<string> {
    const params = { path: { id }, query: { tailBytes } };
    return answerOf(this.api.GET('/v1/vms/{id}/console-log', { params, parseAs: 'text' }));
  }
}
