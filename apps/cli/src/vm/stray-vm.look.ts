import type { StrayVm } from '#libs/client';
import { age } from '../output/figures.js';
import type { Look } from '../output/print.js';

export const strayVmLook: Look<StrayVm> = {
  name: (stray) => stray.id,
  columns: [
    { header: 'ID', value: (it) => it.id },
    { header: 'NAME', value: (it) => it.name ?? '-' },
    { header: 'PROJECT', value: (it) => it.project ?? '-' },
    { header: 'STATE', value: (it) => it.state, colour: () => 'yellow' },
    { header: 'HOST', value: (it) => it.host.name },
    { header: 'SEEN SINCE', value: (it, nowMs) => age(it.firstSeenAt, nowMs) },
  ],
  facts: (stray) => [{ name: 'Id', value: stray.id }],
};
