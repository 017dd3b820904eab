import type { OperationView, VmView } from '#libs/contracts/http';
import { waitFor } from '#libs/testing';
import { Stack } from '../test/e2e/stack/stack.js';
import type { Bench } from './bench.js';
import { commandLineOf, startBare } from './measure/bare-qemu.js';
import { besideLibvirt } from './measure/beside-libvirt.js';
import type { Libvirt } from './measure/libvirt.js';
import { spread, timed } from './measure/median.js';

const ROUNDS = 10;

/** From SIGKILL of QEMU until the control plane noticed, and until the VM runs again. */
export const heal: Bench = {
  name: 'heal',
  what: 'a killed QEMU: noticed, and running again',
  goal: 'noticed <= 20 ms; running again <= one bare launch + 50 ms',
  async run(say) {
    const stack = await Stack.start({ logLevel: 'info', judge: () => {} });
    try {
      const bare: number[] = [];
      const noticed: number[] = [];
      const running: number[] = [];
      const create = (name: string) =>
        stack.api.ask<{ vm: VmView }>(
          'POST',
          '/v1/vms',
          { name, memoryMiB: 256, disks: [{ sizeGiB: 1 }] },
          { prefer: 'wait=30' },
        );
      const { vm: model } = await create('model');
      const modelTemplate = commandLineOf(stack.pidsOf(model.id)[0] ?? 0);
      await stack.api.ask('POST', `/v1/vms/${model.id}/stop`, undefined, { prefer: 'wait=30' });
      for (let round = 0; round < ROUNDS + 1; round++) {
        const { vm } = await create(`heal-${round}`);
        const pid = stack.pidsOf(vm.id)[0] ?? 0;
        const template = commandLineOf(pid);
        const limit = await timed(async () => {
          const own = await startBare(template, stack.folder);
          void own.stop();
        });
        const killedAt = Date.now();
        process.kill(pid, 'SIGKILL');
        const repair = await waitFor(
          async () => (await stack.api.operationsOf(vm.id)).find((it) => it.kind === 'vm.repair'),
          { timeoutMs: 10_000, everyMs: 20, what: 'the repair is there' },
        );
        const done: OperationView = await stack.api.finished(repair);
        if (round > 0) {
          bare.push(limit);
          noticed.push(Date.parse(done.detectedAt ?? '') - killedAt);
          running.push(Date.parse(done.finishedAt ?? '') - killedAt);
        }
        await stack.api.ask('DELETE', `/v1/vms/${vm.id}`, undefined, { prefer: 'wait=30' });
      }
      const figures = {
        bareMs: spread(bare).median,
        noticedMs: spread(noticed).median,
        runningMs: spread(running).median,
      };
      for (const [key, value] of Object.entries(figures)) say(`${key.padEnd(10)} ${value}`);
      const holds = figures.noticedMs <= 20 && figures.runningMs <= figures.bareMs + 50;
      const beside = await besideLibvirt(modelTemplate, say, (libvirt) =>
        healByLibvirt(libvirt, figures.bareMs, say),
      );
      return { figures: { ...figures, ...beside }, holds };
    } finally {
      await stack.stop();
    }
  },
};

/** Libvirt starts nothing again by itself: whoever listens to its events does, here at once. */
async function healByLibvirt(
  libvirt: Libvirt,
  bareMs: number,
  say: (line: string) => void,
): Promise<Record<string, number>> {
  const { noticed, running } = await libvirt.heal(ROUNDS);
  const [libvirtNoticedMs, libvirtRunningMs] = [spread(noticed).median, spread(running).median];
  const more = Math.round(libvirtRunningMs - bareMs);
  say(
    `libvirt: an event of virsh after ${libvirtNoticedMs} ms, running again by virsh start after ${libvirtRunningMs} ms (bare + ${more})`,
  );
  return { libvirtNoticedMs, libvirtRunningMs };
}
