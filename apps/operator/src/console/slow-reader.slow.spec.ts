/** A guest that talks without end, and somebody who does not read it. */
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { v7 as uuidv7 } from 'uuid';
import { loadConfig } from '#libs/config';
import type { DesiredVm } from '#libs/contracts';
import { createLogger } from '#libs/logging';
import { expectNoLeftovers, waitFor } from '#libs/testing';
import { COUNTS } from '../../../../test/operator/boot-sectors.js';
import { ConsoleClient } from '../../../../test/operator/console-client.js';
import { ImageServer } from '../../../../test/operator/image-server.js';
import { TestHost } from '../../../../test/operator/test-host.js';
import { type StartedOperator, startOperator } from '../start-operator.js';

const leftovers = expectNoLeftovers('cs');
let host: TestHost;
let images: ImageServer;
let started: StartedOperator;
let vm: DesiredVm;

beforeAll(async () => {
  host = await TestHost.start(leftovers.folder);
  images = await ImageServer.start(host.bus);
  const config = loadConfig('operator', { argv: [], env: host.env });
  started = await startOperator(config, createLogger({ service: 'operator', level: 'silent' }));
  const image = images.add(COUNTS);
  vm = host.vm({
    disks: [{ diskId: uuidv7(), bootOrder: 1, sizeBytes: 1 << 20, image, readOnly: false }],
  });
  await host.send(vm);
  await host.settled(vm, 'running');
}, 60_000);

afterAll(async () => {
  await host?.remove(vm);
  await started?.app.close();
  await images?.stop();
  await host?.stop();
  await leftovers.check({ allowed: ['s/'] });
}, 60_000);

it('the reader is cut, and the guest and the other reader never wait', async () => {
  const wish = { hostId: host.hostId, vmId: vm.vmId };
  const slow = await ConsoleClient.open(host.bus, wish);
  const quick = await ConsoleClient.open(host.bus, wish);
  slow.reading = false;
  await waitFor(() => slow.ended, { timeoutMs: 600_000, what: 'the slow one is cut' });
  const heard = quick.bytes.length;
  await waitFor(() => quick.bytes.length > heard, { timeoutMs: 60_000, what: 'the guest talks on' });
  expect([slow.ended, quick.ended]).toEqual(['too-slow', undefined]);
  expect(quick.bytes.length).toBeGreaterThan(slow.bytes.length * 2);
  quick.close();
}, 900_000);
