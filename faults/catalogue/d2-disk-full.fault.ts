import { setTimeout as pause } from 'node:timers/promises';
import type { SnapshotChangeView } from '#libs/contracts/http';
import type { Fault } from '../fault.js';
import { diskOf, guestOn } from '../ground/host-disk.js';
import { whileHeard } from '../ground/while-heard.js';

const KIB = 1024;

export const diskFull: Fault = {
  id: 'D2',
  name: "a host's storage full: what needs room says so, its guests run on, and room heals it",
  needs: 'host-disk',
  async happen(ground, random) {
    const { stack } = ground;
    const { disk, host } = diskOf(ground);
    const vm = await guestOn(ground, host);
    const path = `/v1/vms/${vm.id}/snapshots`;
    const leaveBytes = random.pick([0, 64 * KIB, 1024 * KIB]);
    const snapshot = async (name: string) => {
      const { operation, snapshot: made } = await stack.api.ask<SnapshotChangeView>('POST', path, { name });
      return { ...(await stack.api.finished(operation)), made };
    };
    await disk.fill(leaveBytes);
    const tried = await whileHeard(ground, host, async () => {
      const asked = snapshot('without-room');
      await pause(random.between(4_000, 8_000));
      await disk.heal();
      return asked;
    });
    const code = tried.error?.code;
    if (tried.status !== 'succeeded' && code !== 'storage_full')
      throw new Error(`the snapshot without room ended ${tried.status} ${code}`);
    const later = await snapshot('with-room');
    if (later.status !== 'succeeded') throw new Error(`with room it ended ${later.error?.code}`);
    for (const { made } of [tried, later]) {
      const { operation } = await stack.api.ask<SnapshotChangeView>('DELETE', `/v1/snapshots/${made?.id}`);
      await stack.api.finished(operation);
    }
    return `${host.name}, ${leaveBytes / KIB} KiB left, a snapshot ${code ?? tried.status}`;
  },
};
