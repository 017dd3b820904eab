import { waitFor } from '#libs/testing';
import type { Violation } from '../violation.js';
import type { Client } from '../workload/client.js';
import type { VmModel } from '../workload/model.js';
import { bareVm } from '../workload/worker.js';
import { qemuByVm } from './process-watch.js';

const BACK_MS = 60_000;

/**
 * VMs whose power nobody changes: they must live in the same process through every fault that does not touch QEMU
 * itself. A change of their labels, carried out by their hosts, shows when the system is back after a fault.
 */
export class Bystanders {
  readonly vms: VmModel[] = [];
  private marks = 0;

  constructor(
    private readonly client: Client,
    private readonly folder: string,
    private readonly violations: Violation[],
  ) {}

  async create(count: number): Promise<void> {
    for (let index = 0; index < count; index++) {
      const name = `bystander-${index}`;
      const change = { who: 'round', method: 'POST', path: '/v1/vms', body: bareVm(name) } as const;
      const made = await this.client.change(change);
      if (made.outcome !== 'ok' || !made.vm) throw new Error(`the VM ${name} could not be created`);
      const { id } = made.vm;
      this.vms.push({ id, name, presence: 'present', desiredState: 'running', labels: {}, uncertain: false });
      await this.untilDone(made.operation.id);
    }
  }

  /** The process of each, by VM. */
  pids(): Map<string, number[]> {
    const all = qemuByVm(this.folder);
    return new Map(this.vms.map(({ id }) => [id, all.get(id) ?? []]));
  }

  /** They must be the same as then. */
  compare(before: Map<string, number[]>, fault: string): void {
    for (const [id, now] of this.pids()) {
      const [was, is] = [before.get(id)?.join() ?? '', now.join()];
      if (was === is) continue;
      this.violations.push({
        invariant: 'I5',
        what: `${fault}: VM ${id} ran as ${was}, now as ${is || 'none'}`,
      });
    }
  }

  /** Ms until a change of each of them was carried out. */
  async untilServed(): Promise<number> {
    const begun = performance.now();
    const mark = String(++this.marks);
    await Promise.all(
      this.vms.map(async (vm) => {
        vm.labels = { mark };
        const change = {
          who: 'round',
          method: 'PATCH',
          path: `/v1/vms/${vm.id}`,
          body: { labels: { mark } },
        };
        const result = await this.client.change(change as Parameters<Client['change']>[0]);
        if (result.outcome !== 'ok') throw new Error(`${vm.name} could not be labelled: ${result.outcome}`);
        await this.untilDone(result.operation.id);
      }),
    );
    return Math.round(performance.now() - begun);
  }

  private async untilDone(operationId: string): Promise<void> {
    await waitFor(
      async () => {
        const operation = await this.client.get<{ status: string }>(`/v1/operations/${operationId}?wait=2s`);
        return ['succeeded', 'failed', 'cancelled'].includes(operation.status);
      },
      { timeoutMs: BACK_MS, everyMs: 50, what: `operation ${operationId} ended` },
    );
  }
}
