import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { v7 as uuidv7 } from 'uuid';
import { loadConfig } from '#libs/config';
import type { CommandEvent, DesiredVm, Disk } from '#libs/contracts';
import { inspectImage } from '#libs/images';
import { createLogger } from '#libs/logging';
import { expectNoLeftovers } from '#libs/testing';
import { ImageServer } from '../../../../test/operator/image-server.js';
import { later, TestHost } from '../../../../test/operator/test-host.js';
import { type StartedOperator, startOperator } from '../start-operator.js';

const MIB = 1024 * 1024;
const leftovers = expectNoLeftovers('ex');
let host: TestHost;
let images: ImageServer;
let started: StartedOperator;
let intel: Server;
/** What intel answers to one upload after the other; the last one stays. */
let answers: (number | 'break' | 'hold')[] = [];
let received: Buffer[] = [];
let tickets: (string | undefined)[] = [];

beforeAll(async () => {
  host = await TestHost.start(leftovers.folder);
  images = await ImageServer.start(host.bus);
  intel = createServer(async (request, response) => {
    const answer = answers.length > 1 ? answers.shift() : answers[0];
    tickets.push(request.headers.authorization);
    if (answer === 'break') return void request.socket.destroy();
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    received.push(Buffer.concat(chunks));
    if (answer === 'hold') return;
    const problem = JSON.stringify({ code: 'image_unsafe', detail: 'It is encrypted' });
    response.writeHead(answer ?? 204, { 'content-type': 'application/problem+json' });
    response.end(answer === 400 ? problem : '');
  });
  await new Promise<void>((done) => intel.listen(0, '127.0.0.1', done));
  const config = loadConfig('operator', { argv: [], env: host.env });
  started = await startOperator(config, createLogger({ service: 'operator', level: 'silent' }));
});

beforeEach(() => {
  answers = [204];
  received = [];
  tickets = [];
});

afterAll(async () => {
  await started?.app.close();
  intel?.closeAllConnections();
  intel?.close();
  await images?.stop();
  await host?.stop();
  await leftovers.check({ allowed: ['s/'] });
});

const pathOf = ({ diskId }: Disk) => started.operator.host.pools.diskPath(undefined, diskId);
const unfinished = (disk: Disk) => readdirSync(dirname(pathOf(disk))).filter((it) => it.endsWith('.new'));

/** A VM that is off, with a disk upon an image, both written to. */
async function stopped(): Promise<{ vm: DesiredVm; disk: Disk }> {
  const image = images.add(Buffer.alloc(4 * MIB, 'image'));
  const disk: Disk = { diskId: uuidv7(), bootOrder: 1, sizeBytes: 8 * MIB, image, readOnly: false };
  const vm = host.vm({ disks: [disk], power: 'stopped' });
  await host.send(vm);
  await host.settled(vm, 'stopped');
  execFileSync('qemu-io', ['-f', 'qcow2', '-c', 'write -P 7 1M 64k', pathOf(disk)]);
  return { vm, disk };
}

async function exported(vm: DesiredVm, disk: Disk): Promise<CommandEvent> {
  const templateId = uuidv7();
  const url = `http://127.0.0.1:${(intel.address() as AddressInfo).port}/internal/templates/${templateId}/content`;
  const value = { diskId: disk.diskId, poolId: '', templateId, url, ticket: 'ticket' };
  const { operationId } = await host.command(vm, { $case: 'exportDisk', value });
  return host.answer(operationId);
}

describe('the export of a disk', () => {
  it('sends a flat image of what the guest sees, which depends on nothing, and leaves nothing behind', async () => {
    const { vm, disk } = await stopped();
    const before = createHash('sha256')
      .update(execFileSync('cat', [pathOf(disk)]))
      .digest('hex');
    expect(await exported(vm, disk)).toMatchObject({ status: 'succeeded' });
    expect(tickets).toEqual(['Bearer ticket']);
    const copy = join(leftovers.folder, 'copy.qcow2');
    writeFileSync(copy, received[0] ?? '');
    expect(await inspectImage(copy, 'qcow2', { maxVirtualBytes: 8 * MIB })).toMatchObject({
      ok: true,
      info: { virtualBytes: 8 * MIB },
    });
    execFileSync('qemu-img', ['compare', '-f', 'qcow2', '-F', 'qcow2', copy, pathOf(disk)]);
    rmSync(copy);
    expect(unfinished(disk)).toEqual([]);
    const after = createHash('sha256')
      .update(execFileSync('cat', [pathOf(disk)]))
      .digest('hex');
    expect(after).toBe(before);
    await host.remove(vm);
  });

  it('is refused while the VM runs, and for a disk that it does not have', async () => {
    const { vm, disk } = await stopped();
    const on = later(vm, { power: 'running', startGeneration: vm.generation + 1 });
    await host.send(on);
    await host.settled(on, 'running');
    expect(await exported(on, disk)).toMatchObject({ failure: { code: 'invalid_state' } });
    expect(await exported(on, { ...disk, diskId: uuidv7() })).toMatchObject({
      failure: { code: 'not_found' },
    });
    expect([received, unfinished(disk)]).toEqual([[], []]);
    await host.remove(on);
  });

  it('is tried again when intel breaks off, and fails with the reason of intel when it is refused', async () => {
    const { vm, disk } = await stopped();
    answers = ['break', 503, 204];
    expect(await exported(vm, disk)).toMatchObject({ status: 'succeeded' });
    expect(tickets).toHaveLength(3);
    answers = [400];
    expect(await exported(vm, disk)).toMatchObject({ failure: { code: 'image_unsafe' } });
    expect(unfinished(disk)).toEqual([]);
    await host.remove(vm);
  });

  it('does not keep the VM from starting while it is sent', async () => {
    const { vm, disk } = await stopped();
    answers = ['hold'];
    const end = exported(vm, disk);
    await host.rowWhere(vm.vmId, 'it is known', () => received.length === 1);
    const on = later(vm, { power: 'running', startGeneration: vm.generation + 1 });
    await host.send(on);
    await host.settled(on, 'running', 5_000);
    answers = [204];
    intel.closeAllConnections();
    expect(await end).toMatchObject({ status: 'succeeded' });
    await host.remove(on);
  });
});
