import { execFileSync } from 'node:child_process';
import { readdirSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it, jest } from '@jest/globals';
import { v7 as uuidv7 } from 'uuid';
import type { Disk } from '#libs/contracts';
import { expectNoLeftovers, waitFor } from '#libs/testing';
import { compileOperator } from '../../../../test/operator/compile-operator.js';
import { OperatorProcess } from '../../../../test/operator/operator-process.js';
import { TestHost } from '../../../../test/operator/test-host.js';

jest.setTimeout(60_000);

const leftovers = expectNoLeftovers('ke');
let host: TestHost;
let operator: OperatorProcess;
let intel: Server;
let holds = true;
const received: Buffer[] = [];

beforeAll(async () => {
  host = await TestHost.start(leftovers.folder);
  operator = new OperatorProcess(await compileOperator(leftovers.folder), host);
  intel = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    received.push(Buffer.concat(chunks));
    if (!holds) response.writeHead(204).end();
  });
  await new Promise<void>((done) => intel.listen(0, '127.0.0.1', done));
});

afterAll(async () => {
  await operator?.end('SIGKILL');
  intel?.closeAllConnections();
  intel?.close();
  await host?.stop();
  await leftovers.check({ allowed: ['code/', 's/', 'copy.qcow2'] });
});

it('an operator that is killed while it sends an export is followed by one that sends it whole, with nothing left over', async () => {
  await operator.start();
  const disk: Disk = { diskId: uuidv7(), bootOrder: 0, sizeBytes: 8 << 20, readOnly: false };
  const vm = host.vm({ disks: [disk], power: 'stopped' });
  await host.send(vm);
  await host.settled(vm, 'stopped');
  const disks = join(host.folder, 's/disks');
  const path = join(disks, `${disk.diskId}.qcow2`);
  execFileSync('qemu-io', ['-f', 'qcow2', '-c', 'write -P 7 1M 64k', path]);
  const templateId = uuidv7();
  const url = `http://127.0.0.1:${(intel.address() as AddressInfo).port}/internal/templates/${templateId}/content`;
  const value = { diskId: disk.diskId, poolId: '', templateId, url, ticket: 'ticket' };
  const { operationId } = await host.command(vm, { $case: 'exportDisk', value });
  await waitFor(() => received.length === 1, { what: 'it is being sent' });
  expect(readdirSync(disks)).toHaveLength(2);
  await operator.end('SIGKILL');
  holds = false;
  await operator.start();
  expect(await host.answer(operationId)).toMatchObject({ status: 'succeeded', attempt: 2 });
  expect(readdirSync(disks)).toEqual([`${disk.diskId}.qcow2`]);
  const copy = join(leftovers.folder, 'copy.qcow2');
  writeFileSync(copy, received.at(-1) ?? '');
  execFileSync('qemu-img', ['compare', '-f', 'qcow2', '-F', 'qcow2', copy, path]);
  await host.remove(vm);
});
