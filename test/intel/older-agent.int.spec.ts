/**
 * The control plane is upgraded before the agents: it goes on with what an older agent says. The messages in
 * recorded/ are what agents wrote at different times (test/e2e/record-agent.slow.spec.ts); they are never made anew.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
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
import type { HostView, OperationView, VmChangeView, VmView } from '#libs/contracts/http';
import { waitFor } from '#libs/testing';
import { IntelUnderTest } from './intel-under-test.js';

type Recorded = Record<
  | 'hostId'
  | 'vmId'
  | 'operationId'
  | 'heartbeat'
  | 'heartbeatWithVm'
  | 'running'
  | 'commandSucceeded'
  | 'desired'
  | 'command',
  string
> & { exit?: string };

const FOLDER = join(import.meta.dirname, 'recorded');
const agents = readdirSync(FOLDER).map((name): [string, Recorded] => [
  name.replace('.json', ''),
  JSON.parse(readFileSync(join(FOLDER, name), 'utf8')),
]);

const bytes = (hex: string) => Buffer.from(hex, 'hex');

/** Another id of the same length: the bytes around it stay what they were. */
const withIds = (hex: string, ids: Record<string, string>): Uint8Array =>
  Object.entries(ids).reduce(
    (now, [from, to]) => Buffer.from(now.toString('latin1').replaceAll(from, to), 'latin1'),
    bytes(hex),
  );

describe.each(agents)('an older agent: %s', (_name, recorded) => {
  const written: [string, Codec<unknown>, string | undefined][] = [
    ['a heartbeat', heartbeatCodec, recorded.heartbeatWithVm],
    ['an event of a VM', vmEventCodec, recorded.running],
    ['the answer to a command', commandEventCodec, recorded.commandSucceeded],
    ['the end of a process', exitEventCodec, recorded.exit],
    ['a desired state that was kept on disk', desiredVmCodec, recorded.desired],
    ['a command that was kept in the journal', commandCodec, recorded.command],
  ];
  it.each(written.filter(([, , hex]) => hex))('wrote %s that is still understood', (_what, codec, hex) => {
    expect(codec.decode(bytes(hex ?? ''))).toMatchObject({ hostId: recorded.hostId });
  });

  describe('under this control plane', () => {
    let intel: IntelUnderTest;
    let wire: NatsConnection;
    beforeAll(async () => {
      intel = await IntelUnderTest.start();
      wire = await connect({ servers: intel.nats.url });
    }, 60_000);
    afterAll(async () => {
      await wire?.close();
      await intel?.end();
    });

    it('is a host that VMs are placed on, and what it tells of them ends operations', async () => {
      const beat = setInterval(
        () => wire.publish(subjects.heartbeat(recorded.hostId), bytes(recorded.heartbeat)),
        100,
      );
      try {
        await waitFor(
          async () => {
            const { body } = await intel.request<{ items: HostView[] }>('GET', '/v1/hosts');
            return body.items.some((host) => host.id === recorded.hostId && host.state === 'ready');
          },
          { what: 'the host is online' },
        );
        const made = await intel.request<VmChangeView>('POST', '/v1/vms', {
          name: 'old',
          memoryMiB: 64,
          disks: [],
          nics: [],
        });
        expect(made.status).toBe(201);
        const { vm, operation } = made.body as Required<VmChangeView>;
        const told = withIds(recorded.running, {
          [recorded.vmId]: vm.id,
          [recorded.operationId]: operation.id,
        });
        wire.publish(subjects.event(recorded.hostId, 'vm'), told);
        const ended = await intel.request<OperationView>('GET', `/v1/operations/${operation.id}?wait=10s`);
        expect(ended.body.status).toBe('succeeded');
        const { body } = await intel.request<VmView>('GET', `/v1/vms/${vm.id}`);
        const { pid } = vmEventCodec.decode(told).report;
        expect(body.status).toMatchObject({ state: 'running', pid });
      } finally {
        clearInterval(beat);
      }
    });
  });
});
