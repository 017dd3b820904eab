import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Fault } from '../fault.js';

const FILES = ['desired.json', 'status.json', 'process.json'];

export const bitFlipped: Fault = {
  id: 'D1',
  name: "a flipped bit in a VM's state file, found at the next start of the operator",
  async happen({ stack, bystanders }, random) {
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
    host.operator.start();
    await host.operator.ready();
    return `${host.name}: ${path.slice(host.storage.length + 1)}, byte ${at}`;
  },
};
