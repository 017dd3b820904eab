import { describe, expect, it } from '@jest/globals';
import { cpuSeconds, residentBytes } from './read-vm-usage.js';

describe('what a process has used', () => {
  it('is the time in the program and in the kernel, whatever the program is called', () => {
    const after = 'S 1 2 2 0 -1 4194560 900 0 0 0 250 75 0 0 20 0 5 0 12345 1000 500';
    expect(cpuSeconds(`77 (qemu) x (1) ${after}`)).toBeCloseTo(3.25);
  });

  it('is the memory that it holds; none while the kernel names none', () => {
    expect(residentBytes('Name:\tqemu\nVmPeak:\t  9000 kB\nVmRSS:\t  1024 kB\n')).toBe(1024 * 1024);
    expect(residentBytes('Name:\tqemu\n')).toBe(0);
  });
});
