import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { Fault } from '../fault.js';

const HOUR_MS = 3_600_000;

export const clockJumps: Fault = {
  id: 'C1',
  name: 'the wall clock of a service jumps an hour ahead or back, and later back again',
  async happen({ stack, bystanders }, random) {
    const names = ['intel', ...stack.hosts.map(({ name }) => name), 'observer'];
    const at = random.between(0, names.length - 1);
    const [service, name] = [stack.services[at], names[at]];
    if (!service) throw new Error(`there is no ${name}`);
    const by = random.pick([HOUR_MS, -HOUR_MS]);
    const file = join(stack.folder, 'logs', `clock-of-${name}`);
    writeFileSync(file, '0');
    const clock = new URL(`../ground/moved-clock.js?by=${encodeURIComponent(file)}`, import.meta.url);
    await service.end('SIGTERM');
    service.start({ NODE_OPTIONS: `--import=${clock.href}` });
    await service.ready();
    writeFileSync(file, String(by));
    await pause(random.between(2_000, 5_000));
    await bystanders.untilServed();
    writeFileSync(file, '0');
    return `${name}, ${by > 0 ? 'ahead' : 'back'}`;
  },
};
