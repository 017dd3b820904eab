import { tmpdir } from 'node:os';
import { describe, expect, it } from '@jest/globals';
import type { Operator } from '../operator.js';
import { operatorChecks } from './operator-checks.js';

interface Is {
  binary?: string;
  version?: string;
  alone?: boolean;
  adopted?: boolean[];
  pools?: { name: string; reason: string }[];
}

function operator(is: Is): Operator {
  return {
    host: {
      paths: { vms: tmpdir() },
      pools: { faults: is.pools ?? [] },
      beacon: { alone: is.alone ?? false },
      qemu: { binary: is.binary ?? process.execPath },
    },
    registry: { all: () => (is.adopted ?? []).map((adopted) => ({ adopted })) },
    hypervisor: {
      told: { qemuVersion: is.version ?? '9.2', accelerator: 'tcg', acceleratorReason: 'no QEMU' },
    },
  } as unknown as Operator;
}

async function look(is: Is, bus = { connected: true, serverVersion: '2.10' }) {
  const checks = operatorChecks(operator(is), bus);
  const found = await Promise.all(checks.map(async (it) => [it.name, await it.run()] as const));
  return new Map(found);
}

describe('the health of a host', () => {
  it('names all that it needs', async () => {
    const found = await look({ adopted: [true] });
    expect([...found.keys()]).toEqual(['storage', 'disk-space', 'pools', 'bus', 'qemu', 'observer', 'vms']);
    expect(found.get('qemu')).toEqual({ ok: true, message: 'QEMU 9.2, tcg' });
    expect(found.get('bus')).toEqual({ ok: true, message: 'nats-server 2.10' });
  });

  it('says that QEMU was taken away after it had been tried, or was never there', async () => {
    const gone = await look({ binary: '/nowhere/qemu' });
    expect(gone.get('qemu')).toEqual({ ok: false, message: '/nowhere/qemu is gone' });
    expect((await look({ version: '' })).get('qemu')).toEqual({ ok: false, message: 'no QEMU' });
  });

  it('names the pools that cannot be used, and why', async () => {
    const found = await look({ pools: [{ name: 'fast', reason: 'its folder is not there' }] });
    expect(found.get('pools')).toEqual({ ok: false, message: 'fast: its folder is not there' });
  });

  it('says that no observer is heard, that VMs were not looked at, and that the bus is away', async () => {
    const found = await look(
      { alone: true, adopted: [true, false] },
      { connected: false, serverVersion: '' },
    );
    expect(found.get('observer')?.message).toContain('decides on restarts itself');
    expect(found.get('vms')).toEqual({ ok: false, message: '1 not looked at yet' });
    expect(found.get('bus')).toEqual({ ok: false, message: 'not connected' });
  });
});
