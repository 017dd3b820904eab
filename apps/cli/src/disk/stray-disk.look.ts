import type { StrayDisk } from '#libs/client';
import { age, bytes, moment } from '../output/figures.js';
import type { Look } from '../output/print.js';

export const strayDiskLook: Look<StrayDisk> = {
  name: (stray) => stray.id,
  columns: [
    { header: 'ID', value: (it) => it.id },
    { header: 'STATE', value: (it) => it.state, colour: () => 'yellow' },
    { header: 'POOL', value: (it) => it.pool.name },
    { header: 'HOST', value: (it) => it.host.name },
    { header: 'FILE', value: (it) => bytes(it.fileBytes) },
    { header: 'SIZE', value: (it) => bytes(it.sizeBytes) },
    { header: 'SEEN SINCE', value: (it, nowMs) => age(it.firstSeenAt, nowMs) },
    { header: 'DESTROYED', value: (it, nowMs) => moment(it.purgeAt, nowMs) ?? '-', wide: true },
  ],
  facts: (stray) => [{ name: 'Id', value: stray.id }],
};
