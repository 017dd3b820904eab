import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { heartbeatCodec, subjects } from '#libs/contracts';
import { waitFor } from '#libs/testing';
import type { Fault } from '../fault.js';

const FILES = ['desired.json', 'status.json', 'process.json'];

export const bitFlipped: Fault = {
  id: 'D1',
  name: "a flipped bit in a VM's state file, found at the next start of the operator",
  async happen({ stack, tap, bystanders }, random) {
    const host = random.pick(stack.hosts);
    const folders = bystanders.vms.map(({ id }) => join(host.storage, 'vms', id)).filter(existsSync);
    const files = folders.flatMap((folder) => FILES.map((name) => join(folder, name))).filter(existsSync);
    if (files.length === 0) return `${host.name} has none`;
    const path = random.pick(files);
    await host.operator.end('SIGKILL');
    const bytes = readFileSync(path);
    const at = random.between(0, bytes.length - 1);
    bytes[at] = (bytes[at] ?? 0) ^ (1 << random.between(0, 7));
    writeFileSync(path, bytes);
    const startedAt = Date.now();
    host.operator.start();
    await host.operator.ready();
    const vmId = basename(dirname(path));
    // Nobody changes the VM meanwhile: its host must learn of it again all the same.
    const isKnown = () => {
      const last = tap.said('hb').findLast(({ subject }) => subject === subjects.heartbeat(host.id));
      const beat = last && heartbeatCodec.decode(last.data);
      return beat && beat.sentAtMs >= startedAt && beat.vms.some((vm) => vm.vmId === vmId);
    };
    await waitFor(isKnown, { timeoutMs: 40_000, everyMs: 100, what: 'the host reports the VM' });
    return `${host.name}: ${path.slice(host.storage.length + 1)}, byte ${at}`;
  },
};
