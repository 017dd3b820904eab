import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { JournalReserve } from './journal-reserve.js';

let folder: string;
let reserve: JournalReserve;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'vman-reserve-'));
  reserve = new JournalReserve(join(folder, 'reserve'));
  await reserve.refill();
});
afterEach(() => rmSync(folder, { recursive: true }));

const size = () => statSync(join(folder, 'reserve')).size;
const full = () => Object.assign(new Error('no space'), { code: 'ENOSPC' });

describe('the reserve of the journal', () => {
  it('gives room portion by portion until a write succeeds, and grows again', async () => {
    const whole = size();
    let refused = 3;
    await reserve.write(async () => {
      if (refused-- > 0) throw full();
    });
    expect(whole - size()).toBe(3 * 8192);
    await reserve.refill();
    expect(size()).toBe(whole);
  });

  it('is no help once it is used up, nor against another fault', async () => {
    const refused = reserve.write(() => Promise.reject(full()));
    await expect(refused).rejects.toMatchObject({ code: 'ENOSPC' });
    expect(size()).toBe(0);
    await reserve.refill();
    const before = size();
    await expect(reserve.write(() => Promise.reject(new Error('other')))).rejects.toThrow('other');
    expect(size()).toBe(before);
  });
});
