/**
 * What a real agent says, and what it keeps on its disk, for test/intel/older-agent.int.spec.ts. With
 * VMAN_TEST_RECORD_AGENT=<file> it is written there: done once for each release, into test/intel/recorded/.
 */
import { writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { connect, type NatsConnection } from '@nats-io/transport-node';
import {
  type Codec,
  commandCodec,
  commandEventCodec,
  desiredVmCodec,
  exitEventCodec,
  heartbeatCodec,
  subjects,
  vmEventCodec,
} from '#libs/contracts';
import type { SnapshotChangeView } from '#libs/contracts/http';
import { waitFor } from '#libs/testing';
import { Stack } from './stack/stack.js';

describe('an agent of today', () => {
  let stack: Stack;
  let wire: NatsConnection;
  const heard: { subject: string; data: Uint8Array }[] = [];
  beforeAll(async () => {
    stack = await Stack.start();
    wire = await connect({ servers: stack.nats.url });
    wire.subscribe('vman.>', {
      callback: (_fault, { subject, data }) => {
        heard.push({ subject, data });
      },
    });
    await wire.flush();
  }, 120_000);
  afterAll(async () => {
    await wire?.close();
    await stack?.stop();
  }, 60_000);

  /** The first of its kind that is such a one, as the bytes that it was. */
  const first = <T>(subject: string, codec: Codec<T>, such: (message: T) => boolean = () => true) =>
    waitFor(
      () => {
        const of = heard.filter((it) => it.subject === subject).find(({ data }) => such(codec.decode(data)));
        return of && Buffer.from(of.data).toString('hex');
      },
      { timeoutMs: 60_000, what: `${codec.name} on ${subject}` },
    );

  it('says all that is kept of it', async () => {
    const hostId = stack.hosts[0]?.id ?? '';
    const heartbeat = await first(
      subjects.heartbeat(hostId),
      heartbeatCodec,
      (it) => it.vms.length === 0 && it.pools.length > 0 && it.identity !== undefined,
    );
    const { vm, operation } = await stack.api.createVm({
      name: 'recorded',
      memoryMiB: 32,
      disks: [{ sizeGiB: 1 }],
      nics: [{ kind: 'user', portForwards: [{ protocol: 'tcp', guestPort: 80 }] }],
      watchdog: 'reset',
      bootPriority: 3,
      cloudInit: { hostName: 'recorded' },
    });
    await stack.api.untilState(vm.id, 'running');
    const taken = await stack.api.ask<SnapshotChangeView>('POST', `/v1/vms/${vm.id}/snapshots`, {
      name: 'recorded',
      memory: true,
    });
    expect(await stack.api.finished(taken.operation)).toMatchObject({ status: 'succeeded' });
    for (const pid of stack.pidsOf(vm.id)) process.kill(pid, 'SIGKILL');
    const recorded = {
      hostId,
      vmId: vm.id,
      operationId: operation.id,
      heartbeat,
      heartbeatWithVm: await first(
        subjects.heartbeat(hostId),
        heartbeatCodec,
        (it) => it.vms[0]?.state === 'running' && it.vms[0].plugged !== undefined,
      ),
      running: await first(
        subjects.event(hostId, 'vm'),
        vmEventCodec,
        ({ report, cause }) => report.state === 'running' && cause?.operationId === operation.id,
      ),
      commandSucceeded: await first(
        subjects.event(hostId, 'command'),
        commandEventCodec,
        ({ status, result }) => status === 'succeeded' && result !== undefined,
      ),
      exit: await first(subjects.event(hostId, 'exit'), exitEventCodec, (it) => it.vmId === vm.id),
      desired: await first(subjects.desired(hostId, vm.id), desiredVmCodec),
      command: await first(subjects.command(hostId, 'createSnapshot'), commandCodec),
    };
    const { VMAN_TEST_RECORD_AGENT: file } = process.env;
    if (file) writeFileSync(file, `${JSON.stringify(recorded, undefined, 2)}\n`);
  }, 180_000);
});
