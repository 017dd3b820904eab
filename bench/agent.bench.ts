import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { DesiredVm } from '#libs/contracts';
import { testFolder } from '#libs/testing';
import { PROJECT } from '../test/e2e/stack/project-root.js';
import { OperatorProcess } from '../test/operator/operator-process.js';
import { later, TestHost } from '../test/operator/test-host.js';
import type { Bench } from './bench.js';
import { loadOf } from './measure/process-load.js';

const COUNTS = [0, 10, 100];
const SETTLE_MS = 8_000;
const WINDOW_MS = 15_000;
const BASE_MIB = 80;
const MIB_A_VM = 0.2;
/** Heartbeats are work; this much of a core is none to speak of. */
const IDLE_PERCENT = 3;

/** What an operator takes while its VMs do nothing. */
export const agent: Bench = {
  name: 'agent',
  what: `private memory and CPU of an operator with ${COUNTS.join(', ')} paused VMs`,
  goal: `private memory <= ${BASE_MIB} MiB + ${MIB_A_VM} MiB a VM; CPU <= ${IDLE_PERCENT} % of a core`,
  async run(say) {
    const host = await TestHost.start(testFolder('bg'));
    const main = join(PROJECT, 'dist/apps/operator/src/main.js');
    const operator = new OperatorProcess(main, host);
    const vms: DesiredVm[] = [];
    const figures: Record<string, number> = {};
    let holds = true;
    try {
      await operator.start();
      const pids = [operator.pid];
      for (const count of COUNTS) {
        await launchUpTo(host, vms, count);
        await pause(SETTLE_MS);
        const before = loadOf(pids);
        await pause(WINDOW_MS);
        const after = loadOf(pids);
        const percent = (100 * (after.cpuSeconds - before.cpuSeconds)) / (WINDOW_MS / 1000);
        const mib = after.privateMiB;
        figures[`privateMiBAt${count}`] = Math.round(mib * 10) / 10;
        figures[`cpuPercentAt${count}`] = Math.round(percent * 10) / 10;
        holds &&= mib <= BASE_MIB + MIB_A_VM * count && percent <= IDLE_PERCENT;
        say(
          `${String(count).padStart(4)} VMs  private ${mib.toFixed(1)} MiB, CPU ${percent.toFixed(1)} % of a core`,
        );
      }
      await removeAll(host, vms);
      return { figures, holds };
    } finally {
      await operator.end('SIGKILL');
      await host.stop();
    }
  },
};

async function launchUpTo(host: TestHost, vms: DesiredVm[], count: number): Promise<void> {
  const fresh = Array.from({ length: count - vms.length }, () => {
    const vm = host.vm({ power: 'paused' });
    return { ...vm, machine: { ...vm.machine, memoryMib: 16 } };
  });
  for (const vm of fresh) await host.send(vm);
  await Promise.all(fresh.map((vm) => host.settled(vm, 'paused', 180_000)));
  vms.push(...fresh);
}

async function removeAll(host: TestHost, vms: DesiredVm[]): Promise<void> {
  const gone = vms.map((vm) => later(vm, { presence: 'deleted', power: 'stopped' }));
  for (const vm of gone) await host.send(vm);
  await Promise.all(gone.map((vm) => host.settled(vm, 'absent', 180_000)));
}
