import type { Vm } from '#libs/client';
import { age, duration } from '../output/figures.js';
import type { Look } from '../output/print.js';
import { vmLook } from './vm.look.js';

export const trashLook: Look<Vm> = {
  ...vmLook,
  columns: [
    { header: 'NAME', value: (vm) => vm.name },
    { header: 'PROJECT', value: (vm) => vm.project },
    { header: 'STATE', value: (vm) => vm.status.state },
    { header: 'DESTROYED IN', value: ({ status }, nowMs) => untilText(status.purgeAt, nowMs) },
    { header: 'AGE', value: (vm, nowMs) => age(vm.createdAt, nowMs) },
    { header: 'DESTROYED AT', value: (vm) => vm.status.purgeAt ?? '', wide: true },
    { header: 'ID', value: (vm) => vm.id, wide: true },
  ],
};

const untilText = (time: string | undefined, nowMs: number) =>
  time === undefined ? '' : duration(Date.parse(time) - nowMs);
