import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { BusPort } from '#libs/bus';
import type { ExitEvent } from '#libs/contracts';
import { createLogger } from '#libs/logging';
import { storagePaths } from '../storage/paths.js';
import { ExitTeller } from './exit-teller.js';

const logger = createLogger({ service: 'operator', level: 'silent' });
const VM = '0198b1f0-7a11-7c3e-9d55-1f2e3d4c5b6a';
let folder: string;
let told: number[];
let away: boolean;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'vman-exits-'));
  mkdirSync(join(folder, 'vms', VM), { recursive: true });
  told = [];
  away = false;
});
afterEach(() => rmSync(folder, { recursive: true }));

function makeTeller(): ExitTeller {
  const bus = {
    publishDurable: async (_subject: string, _codec: unknown, { exit }: ExitEvent) => {
      if (away) throw new Error('the bus is away');
      told.push(exit.exitSeq);
    },
  } as unknown as BusPort;
  return new ExitTeller({ hostId: 'h', bus, paths: storagePaths(folder, folder), logger });
}

const death = (exitSeq: number): ExitEvent => ({
  hostId: 'h',
  vmId: VM,
  exit: { exitSeq, reason: 'crash', atMs: 1, startGeneration: 1, status: '' },
  launchId: 'l',
  pid: 1,
  launchedAtMs: 1,
  serialTail: Buffer.from([0, 255]),
  stderrTail: Buffer.alloc(0),
  qmpEvents: [],
});
const kept = () => readdirSync(join(folder, 'vms', VM, 'exits')).sort();

describe('a death certificate', () => {
  it('is told at once and kept as told', async () => {
    const teller = makeTeller();
    await teller.issue(death(1));
    await teller.tellAll();
    expect([told, kept()]).toEqual([[1], ['1.json']]);
    await teller.tellAll();
    expect(told).toEqual([1]);
  });

  it('waits while the bus is away, and the next operator tells it', async () => {
    away = true;
    const teller = makeTeller();
    await teller.issue(death(1));
    await teller.issue(death(2));
    await teller.tellAll();
    expect(kept()).toEqual(['1.unsent.json', '2.unsent.json']);
    away = false;
    const next = makeTeller();
    await next.load();
    await next.tellAll();
    expect([told, kept()]).toEqual([
      [1, 2],
      ['1.json', '2.json'],
    ]);
  });

  it('that cannot be written is told from memory', async () => {
    writeFileSync(join(folder, 'vms', VM, 'exits'), 'in the way');
    const teller = makeTeller();
    away = true;
    await teller.issue(death(1));
    await teller.tellAll();
    away = false;
    rmSync(join(folder, 'vms', VM, 'exits'));
    await teller.tellAll();
    expect(told).toEqual([1]);
  });

  it('of a VM that left meanwhile is forgotten', async () => {
    away = true;
    const teller = makeTeller();
    await teller.issue(death(1));
    await teller.tellAll();
    rmSync(join(folder, 'vms', VM), { recursive: true });
    away = false;
    await teller.tellAll();
    expect(told).toEqual([]);
  });
});
