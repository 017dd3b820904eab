import { describe, expect, it } from '@jest/globals';
import type { Machine } from '#libs/contracts';
import { maxMemoryMib, maxVcpus, portsOf } from './headroom.js';

const machine = (fields: Partial<Machine>): Machine => ({
  vcpus: 1,
  memoryMib: 256,
  type: 'q35',
  firmware: 'bios',
  cpuModel: '',
  ...fields,
});

describe('the headroom of a machine', () => {
  it('is twice its CPUs, four at least, and never more than a machine can have', () => {
    expect(maxVcpus(machine({ vcpus: 1 }))).toBe(4);
    expect(maxVcpus(machine({ vcpus: 3 }))).toBe(6);
    expect(maxVcpus(machine({ vcpus: 200 }))).toBe(240);
    expect(maxVcpus(machine({ vcpus: 2, maxVcpus: 3 }))).toBe(3);
    expect(maxVcpus(machine({ vcpus: 5, maxVcpus: 3 }))).toBe(5);
  });

  it('is twice its memory for a machine that can spare some, or what was asked for', () => {
    expect(maxMemoryMib(machine({ memoryMib: 1023 }))).toBe(1023);
    expect(maxMemoryMib(machine({ memoryMib: 1024 }))).toBe(2048);
    expect(maxMemoryMib(machine({ memoryMib: 256, maxMemoryMib: 512 }))).toBe(512);
    expect(maxMemoryMib(machine({ memoryMib: 1024, maxMemoryMib: 512 }))).toBe(1024);
  });

  it('is none where nothing can be plugged in', () => {
    const rigid = machine({ type: 'microvm', vcpus: 2, memoryMib: 2048, maxVcpus: 8, maxMemoryMib: 4096 });
    expect([maxVcpus(rigid), maxMemoryMib(rigid)]).toEqual([2, 2048]);
    expect(portsOf('microvm', 3)).toBe(3);
  });

  it('is four ports, or the places that there are anyway', () => {
    expect(portsOf('q35', 3)).toBe(7);
    expect(portsOf('pc', 3)).toBe(15);
    expect(portsOf('pc', 17)).toBe(17);
  });
});
