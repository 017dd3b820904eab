import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { desiredVm } from '#libs/testing';
import { storagePaths } from '../storage/paths.js';
import { EMPTY_STATUS } from '../storage/vm-records.js';
import { handOver } from './hand-over.js';
import { findMachine, removeMachine } from './machine-record.js';
import { removeVariables, settleVariables, variablesPath } from './uefi-variables.js';

const vmId = '0198b1f0-7a11-7c3e-9d55-1f2e3d4c5b6a';
const plain = { vmId };
const guarded = { vmId, failover: { poolId: 'p' } };

describe('the UEFI variables of a VM', () => {
  let folder: string;
  const at = (...parts: string[]) => join(folder, ...parts);
  const inPool = () => at('far', 'uefi', `${vmId}.fd`);

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'vman-uefi-'));
    for (const each of ['one', 'two', 'far', 'ovmf']) mkdirSync(at(each));
    writeFileSync(at('ovmf', 'OVMF_CODE_4M.fd'), 'code');
    writeFileSync(at('ovmf', 'OVMF_VARS_4M.fd'), 'fresh');
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const host = (name: 'one' | 'two') => ({
    hostId: name,
    ovmfPath: at('ovmf'),
    paths: storagePaths(at(name), at('run')),
    pools: { folder: () => at('far'), sharedFolders: [at('far')] },
  });
  type HostPart = Parameters<typeof settleVariables>[0];
  const one = () => host('one') as unknown as HostPart;
  const two = () => host('two') as unknown as HostPart;

  it('go with a VM that fails over, and with it when it is deleted there', async () => {
    await settleVariables(one(), guarded);
    expect(readFileSync(inPool(), 'utf8')).toBe('fresh');
    writeFileSync(inPool(), 'boots from the second disk');
    await settleVariables(two(), guarded);
    expect(readFileSync(variablesPath(two(), guarded), 'utf8')).toBe('boots from the second disk');
    await removeVariables(two(), vmId);
    expect(readdirSync(at('far', 'uefi'))).toEqual([]);
  });

  it('follow when failover is turned on and off, in one place at a time', async () => {
    await settleVariables(one(), plain);
    const local = variablesPath(one(), plain);
    writeFileSync(local, 'first');
    await settleVariables(one(), guarded);
    expect([existsSync(local), readFileSync(inPool(), 'utf8')]).toEqual([false, 'first']);
    writeFileSync(inPool(), 'second');
    await settleVariables(one(), plain);
    expect([readFileSync(local, 'utf8'), existsSync(inPool())]).toEqual(['second', false]);
  });

  it('go with a VM without failover that its host lets go, and the version of its machine too', async () => {
    await settleVariables(one(), plain);
    writeFileSync(variablesPath(one(), plain), 'boots from the second disk');
    const machine = { type: 'q35' as const, version: 'pc-q35-7.2' };
    const disks = [{ diskId: 'd', poolId: 'p', bootOrder: 0, sizeBytes: 1, readOnly: false }];
    const vm = { vmId, status: { ...EMPTY_STATUS, machine } };
    await handOver(one(), vm, desiredVm({ vmId, disks }));
    expect(await findMachine(two(), vmId)).toEqual(machine);
    await settleVariables(two(), plain);
    expect(readFileSync(variablesPath(two(), plain), 'utf8')).toBe('boots from the second disk');
    expect(existsSync(inPool())).toBe(false);
    await removeMachine(two(), vmId);
    expect(readdirSync(at('far', 'machines'))).toEqual([]);
  });

  it('of a VM with failover are not overwritten by a host that lets it go late', async () => {
    await settleVariables(two(), guarded);
    writeFileSync(inPool(), 'newer');
    mkdirSync(at('one', 'vms', vmId), { recursive: true });
    writeFileSync(variablesPath(one(), plain), 'older');
    const disks = [{ diskId: 'd', poolId: 'p', bootOrder: 0, sizeBytes: 1, readOnly: false }];
    await handOver(one(), { vmId, status: EMPTY_STATUS }, desiredVm({ ...guarded, disks }));
    expect(readFileSync(inPool(), 'utf8')).toBe('newer');
  });

  it('are those where they belong when a kill left them in both places', async () => {
    await settleVariables(one(), guarded);
    writeFileSync(inPool(), 'newer');
    mkdirSync(at('one', 'vms', vmId), { recursive: true });
    writeFileSync(variablesPath(one(), plain), 'older');
    await settleVariables(one(), guarded);
    expect(readFileSync(inPool(), 'utf8')).toBe('newer');
    expect(existsSync(variablesPath(one(), plain))).toBe(false);
  });
});
