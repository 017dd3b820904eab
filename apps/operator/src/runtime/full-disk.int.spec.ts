import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, statfsSync, statSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { v7 as uuidv7 } from 'uuid';
import { loadConfig } from '#libs/config';
import { SPACE_TO_RESUME_BYTES } from '#libs/domain';
import { createLogger } from '#libs/logging';
import { expectNoLeftovers, waitFor } from '#libs/testing';
import { WRITES, WRITTEN } from '../../../../test/operator/boot-sectors.js';
import { fillFolder } from '../../../../test/operator/fill-folder.js';
import { ImageServer } from '../../../../test/operator/image-server.js';
import { later, TestHost } from '../../../../test/operator/test-host.js';
import { type StartedOperator, startOperator } from '../start-operator.js';

const MIB = 1024 * 1024;
const STORAGE_MIB = 48;
/** Less than WRITES writes. */
const LEFT_MIB = 7;

const leftovers = expectNoLeftovers('fd');
const storage = join(leftovers.folder, 's');
let host: TestHost;
let images: ImageServer;
let started: StartedOperator | undefined;
const mayMount = process.getuid?.() === 0 && ['/usr/bin/mount', '/bin/mount'].some((it) => existsSync(it));

beforeAll(async () => {
  mkdirSync(storage);
  if (mayMount) execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${STORAGE_MIB}m`, 'vman-test', storage]);
  host = await TestHost.start(leftovers.folder);
  host.observe();
  images = await ImageServer.start(host.bus);
  await start();
});

async function start(): Promise<void> {
  const config = loadConfig('operator', { argv: [], env: host.env });
  const level = process.env.VMAN_TEST_LOG ? 'debug' : 'silent';
  started = await startOperator(config, createLogger({ service: 'operator', level }));
}

afterAll(async () => {
  await started?.app.close();
  await images?.stop();
  await host?.stop();
  // Lazily: a QEMU that a failed test left behind must not keep the mount.
  if (mayMount) execFileSync('umount', ['--lazy', storage]);
  await leftovers.check({ allowed: ['s/'] });
});

function fillStorage(): string {
  const filler = join(storage, 'filler');
  fillFolder(storage, LEFT_MIB * MIB);
  return filler;
}

/** Every byte of what the guest wrote, read from its disk while nobody has it open. */
function writtenChunks(disk: string): number[] {
  const raw = `${join(leftovers.folder, 'r')}/disk.raw`;
  execFileSync('qemu-img', ['convert', '-f', 'qcow2', '-O', 'raw', disk, raw]);
  const bytes = readFileSync(raw);
  rmSync(raw);
  const { firstByte, chunkBytes, chunks } = WRITTEN;
  return Array.from({ length: chunks }, (_, index) => {
    const chunk = bytes.subarray(firstByte + index * chunkBytes, firstByte + (index + 1) * chunkBytes);
    const number = chunk.readUInt32LE(0);
    const whole = Buffer.alloc(chunkBytes);
    for (let at = 0; at < chunkBytes; at += 4) whole.writeUInt32LE(number, at);
    return whole.equals(chunk) ? number : -1;
  });
}

(mayMount ? describe : describe.skip)('a storage that is full', () => {
  it('stops the guest that writes, says so, and lets it go on without loss once there is space', async () => {
    const diskId = uuidv7();
    const image = images.add(WRITES);
    const disks = [{ diskId, bootOrder: 1, sizeBytes: 64 * MIB, image, readOnly: false }];
    const vm = host.vm({ disks, power: 'paused' });
    await host.send(vm);
    const { pid } = await host.settled(vm, 'paused');
    const filler = fillStorage();
    const running = later(vm, { power: 'running' });
    await host.send(running);

    const stopped = (row: { state: string; reason: string }) =>
      row.state === 'paused' && row.reason === 'io-error';
    const held = await host.rowWhere(vm.vmId, 'it stands still', stopped);
    expect(held.diskFaults).toEqual([{ diskId, kind: 'no-space', sinceMs: expect.any(Number), retries: 0 }]);
    await host.nextBeat();
    await host.nextBeat();
    expect(host.row(vm.vmId)).toMatchObject({ state: 'paused', pid, diskFaults: [{ retries: 0 }] });
    expect(statfsSync(storage).bavail * statfsSync(storage).bsize).toBeLessThan(SPACE_TO_RESUME_BYTES);

    // Room for the next operator's own records, and not for the guest.
    truncateSync(filler, statSync(filler).size - 2 * MIB);
    const { startCount } = host.row(vm.vmId)!.rev;
    await started?.app.close();
    await start();
    const adopted = await host.rowWhere(
      vm.vmId,
      'it is adopted',
      (row) => row.rev.startCount > startCount && stopped(row),
    );
    expect(adopted).toMatchObject({ pid, diskFaults: [{ diskId, kind: 'no-space' }] });

    rmSync(filler);
    const again = await host.rowWhere(vm.vmId, 'it goes on', (row) => row.state === 'running');
    expect(again).toMatchObject({ pid, diskFaults: [], lastExit: undefined });
    const log = join(storage, 'vms', vm.vmId, 'serial.log');
    await waitFor(() => existsSync(log) && readFileSync(log, 'utf8').includes('done'), {
      what: 'the guest has written all',
    });
    const off = later(running, { power: 'stopped' });
    await host.send(off);
    await host.settled(off, 'stopped');
    const chunks = writtenChunks(join(storage, 'disks', `${diskId}.qcow2`));
    expect(chunks).toEqual(chunks.map((_, index) => index + 1));
    await host.remove(off);
  }, 60_000);

  it('keeps no guest from being stopped', async () => {
    const image = images.add(WRITES);
    const disks = [{ diskId: uuidv7(), bootOrder: 1, sizeBytes: 64 * MIB, image, readOnly: false }];
    const vm = host.vm({ disks, power: 'paused' });
    await host.send(vm);
    await host.settled(vm, 'paused');
    const filler = fillStorage();
    const running = later(vm, { power: 'running' });
    await host.send(running);
    await host.rowWhere(vm.vmId, 'it stands still', (row) => row.reason === 'io-error');
    process.kill(host.qemus(vm.vmId)[0]!, 'SIGKILL');
    const crashed = await host.rowWhere(vm.vmId, 'its end is told', (row) => row.state === 'crashed');
    expect(crashed).toMatchObject({ diskFaults: [], lastExit: { exitSeq: 1, reason: 'killed' } });
    rmSync(filler);
    await host.remove(running);
  }, 60_000);
});
