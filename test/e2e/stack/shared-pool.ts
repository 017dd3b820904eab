import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { PoolListView, VmView } from '#libs/contracts/http';
import { expectNoLeftovers, waitFor } from '#libs/testing';
import { Overlaps } from './overlaps.js';
import { Stack, type StackHost } from './stack.js';

/** Noticing the silence, watching the lease, the start. */
const FAILOVER_MS = 120_000;

/** Two hosts with one shared pool, and a VM with failover in it that is watched all the time. */
export class SharedPool {
  private constructor(
    readonly stack: Stack,
    readonly folder: string,
    readonly vmId: string,
    readonly overlaps: Overlaps,
    private readonly leftovers: ReturnType<typeof expectNoLeftovers>,
  ) {}

  static async start(): Promise<SharedPool> {
    const leftovers = expectNoLeftovers('fp');
    const folder = join(leftovers.folder, 'far');
    mkdirSync(folder);
    const settings = async () => (service: string) =>
      service.startsWith('host-')
        ? { VMAN_POOLS: `far=shared-dir:${folder}` }
        : ({} as Record<string, string>);
    const stack = await Stack.start({ hosts: 2, settings });
    await waitFor(
      async () => {
        const { items } = await stack.api.ask<PoolListView>('GET', '/v1/pools');
        return items.some(
          (it) => it.name === 'far' && it.hosts.filter((host) => host.available).length === 2,
        );
      },
      { what: 'both hosts have the pool' },
    );
    const disks = [{ sizeGiB: 1, pool: 'far' }];
    const body = { name: 'precious', memoryMiB: 32, disks, nics: [], failover: true };
    const { vm } = await stack.api.createVm(body);
    const overlaps = new Overlaps(vm.id);
    await stack.api.untilState(vm.id, 'running', 60_000);
    return new SharedPool(stack, folder, vm.id, overlaps, leftovers);
  }

  get pids(): number[] {
    return this.stack.pidsOf(this.vmId);
  }

  vm(): Promise<VmView> {
    return this.stack.api.vm(this.vmId);
  }

  /** The host that has the VM, then the other one. */
  async hosts(): Promise<[StackHost, StackHost]> {
    const { host } = (await this.vm()).status;
    const [first, second] = this.stack.hosts as [StackHost, StackHost];
    return host?.id === first.id ? [first, second] : [second, first];
  }

  async runsOn({ id, name }: StackHost): Promise<void> {
    await waitFor(
      async () => {
        const { host, state, lease } = (await this.vm()).status;
        return host?.id === id && state === 'running' && lease?.state === 'held';
      },
      { timeoutMs: FAILOVER_MS, everyMs: 100, what: `the VM runs on ${name}` },
    );
  }

  async letGo({ storage, name }: StackHost): Promise<void> {
    await waitFor(() => !existsSync(join(storage, 'vms', this.vmId)), {
      timeoutMs: 60_000,
      what: `${name} has let the VM go`,
    });
  }

  async stop(): Promise<void> {
    this.overlaps.stop();
    await this.stack.stop();
    await this.leftovers.check({ allowed: ['far/'] });
  }
}
