import { setTimeout as pause } from 'node:timers/promises';
import type { Random } from '../random.js';
import type { Change, Client } from './client.js';
import { type Action, afterAccepted, type VmModel } from './model.js';

/** How often which action is drawn: those that change the power most. */
const WEIGHTED: Action[] = [
  ...(['start', 'stop', 'start', 'stop', 'pause', 'resume', 'reboot', 'reboot'] as const),
  ...(['patch', 'patch', 'reset', 'delete'] as const),
];
const THINK_MS: [number, number] = [20, 500];

/** Random work on one VM after another, one change at a time, from its own random source. */
export class Worker {
  /** All VMs that it ever made. */
  readonly vms: VmModel[] = [];
  private stopped = false;
  private working: Promise<void> = Promise.resolve();
  private step = 0;

  constructor(
    private readonly name: string,
    private readonly client: Client,
    private readonly random: Random,
  ) {}

  start(): void {
    this.working = this.work();
  }

  /** Resolves when its last request has a definite answer. */
  async stop(): Promise<void> {
    this.stopped = true;
    await this.working;
  }

  private async work(): Promise<void> {
    while (!this.stopped) {
      await this.next();
      await pause(this.random.between(...THINK_MS));
    }
  }

  private async next(): Promise<void> {
    const at = this.vms.length - 1;
    const vm = this.vms[at];
    this.step += 1;
    const twice = this.random.chance(0.1) ? 'at-once' : this.random.chance(0.1) ? 'afterwards' : undefined;
    const action = this.random.pick(WEIGHTED);
    const withPort = this.random.chance(0.4);
    if (vm?.presence !== 'present' || vm.uncertain) {
      await this.create(withPort, twice);
      return;
    }
    const result = await this.client.change({ ...this.request(vm, action), ...(twice ? { twice } : {}) });
    if (result.outcome === 'ok') this.vms[at] = afterAccepted(vm, action, String(this.step));
    if (result.outcome === 'unknown') this.vms[at] = { ...vm, uncertain: true };
  }

  private request(vm: VmModel, action: Action): Change {
    const path = `/v1/vms/${vm.id}`;
    switch (action) {
      case 'patch':
        return {
          who: this.name,
          method: 'PATCH',
          path,
          body: { labels: { ...vm.labels, step: String(this.step) } },
        };
      case 'delete':
        return { who: this.name, method: 'DELETE', path };
      case 'reset':
      case 'stop':
      case 'start':
      case 'pause':
      case 'resume':
        return { who: this.name, method: 'POST', path: `${path}/${action}` };
      case 'reboot':
        return { who: this.name, method: 'POST', path: `${path}/reboot`, body: { force: true } };
    }
  }

  private async create(withPort: boolean, twice: Change['twice']): Promise<void> {
    const name = `${this.name}-${this.step}`;
    const body = bareVm(name, withPort);
    const result = await this.client.change({
      who: this.name,
      method: 'POST',
      path: '/v1/vms',
      body,
      ...(twice ? { twice } : {}),
    });
    if (result.outcome !== 'ok' || !result.vm) return;
    const { id } = result.vm;
    this.vms.push({ id, name, presence: 'present', desiredState: 'running', labels: {}, uncertain: false });
  }
}

/** QEMU with an empty disk: its firmware finds nothing to boot, and it runs all the same. */
export function bareVm(name: string, withPort = false): object {
  return {
    name,
    memoryMiB: 32,
    disks: [{ sizeGiB: 1 }],
    nics: withPort ? [{ kind: 'user', portForwards: [{ guestPort: 80 }] }] : [],
    restart: { policy: 'on-failure', maxRetries: 1000 },
  };
}
