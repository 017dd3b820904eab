import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { AckPolicy, jetstreamManager } from '@nats-io/jetstream';
import {
  COMMANDS_STREAM,
  DESIRED_STREAM,
  desiredVmCodec,
  EVENTS_STREAM,
  hostConsumer,
  seedMarkerCodec,
  subjects,
} from '#libs/contracts';
import { desiredVm, type NatsServer, silentLogger, startNats, waitFor } from '#libs/testing';
import { Bus, INTEL_EVENTS_CONSUMER, StreamAdmin } from '../index.js';

describe('streams', () => {
  let nats: NatsServer;
  let bus: Bus;
  let admin: StreamAdmin;
  beforeAll(async () => {
    nats = await startNats();
    bus = await Bus.connect({ url: nats.url, name: 'test', logger: silentLogger });
    admin = new StreamAdmin(bus);
  });
  afterAll(async () => {
    await bus.close();
    await nats.remove();
  });
  beforeEach(async () => {
    const epoch = bus.epoch;
    await nats.wipe();
    await waitFor(() => bus.connected && bus.epoch > epoch, { what: 'the bus is back' });
  });
  const manager = () => jetstreamManager(bus.connectionFor('look'));

  it('are made with their limits, and made once', async () => {
    const made = await admin.ensureStreams();
    expect(made.map(({ name, lastSequence }) => [name, lastSequence])).toEqual([
      [DESIRED_STREAM, 0],
      [COMMANDS_STREAM, 0],
      [EVENTS_STREAM, 0],
    ]);
    expect(await admin.ensureStreams()).toEqual(made);
    const shapes = await Promise.all(
      made.map(async ({ name }) => (await (await manager()).streams.info(name)).config),
    );
    expect(shapes).toMatchObject([
      {
        max_msgs_per_subject: 1,
        max_age: 0,
        max_consumers: 100_000,
        discard: 'new',
        retention: 'limits',
        storage: 'file',
      },
      {
        retention: 'workqueue',
        max_age: 86_400_000_000_000,
        max_consumers: 100_000,
        discard: 'new',
        storage: 'file',
      },
      { retention: 'limits', discard: 'old', max_bytes: 1024 ** 3, storage: 'file' },
    ]);
    expect(await (await manager()).consumers.info(EVENTS_STREAM, INTEL_EVENTS_CONSUMER)).toMatchObject({
      config: { ack_policy: AckPolicy.Explicit, deliver_policy: 'all', ack_wait: 30_000_000_000 },
    });
  });

  it('are made by two replicas at the same time', async () => {
    const other = await Bus.connect({ url: nats.url, name: 'other', logger: silentLogger });
    const [mine, theirs] = await Promise.all([admin.ensureStreams(), new StreamAdmin(other).ensureStreams()]);
    expect(mine).toEqual(theirs);
    await other.close();
  });

  it('get the limits of this version when an older one made them', async () => {
    await (await manager()).streams.add({
      name: EVENTS_STREAM,
      subjects: [subjects.allEvents],
      max_bytes: 1000,
    });
    await admin.ensureStreams();
    expect((await (await manager()).streams.info(EVENTS_STREAM)).config.max_bytes).toBe(1024 ** 3);
  });

  it('are used as they are where an older server does not raise their number of consumers', async () => {
    const streams = (await manager()).streams;
    await streams.add({ name: DESIRED_STREAM, subjects: [subjects.allDesired], max_consumers: 5 });
    const [desired] = await admin.ensureStreams();
    expect(desired?.name).toBe(DESIRED_STREAM);
    const { config } = await streams.info(DESIRED_STREAM);
    expect(config.max_msgs_per_subject).toBe(1);
    expect([5, 100_000]).toContain(config.max_consumers);
  });

  it('have a durable consumer for each host that reads its subjects alone', async () => {
    await admin.ensureStreams();
    const { hostId } = desiredVm();
    await admin.ensureHostConsumers(hostId);
    await admin.ensureHostConsumers(hostId);
    for (const [stream, filter] of [
      [DESIRED_STREAM, subjects.desiredOfHost(hostId)],
      [COMMANDS_STREAM, subjects.commandsOfHost(hostId)],
    ] as const) {
      const info = await (await manager()).consumers.info(stream, hostConsumer(hostId));
      expect(info.config).toMatchObject({ filter_subject: filter, max_deliver: -1, ack_policy: 'explicit' });
    }
    await admin.removeHostConsumers(hostId);
    await admin.removeHostConsumers(hostId);
    const gone = (await manager()).consumers.info(DESIRED_STREAM, hostConsumer(hostId));
    await expect(gone).rejects.toThrow('consumer not found');
  });

  it('show when they were made anew', async () => {
    expect(await admin.streamState(DESIRED_STREAM)).toBeUndefined();
    const [before] = await admin.ensureStreams();
    expect(await admin.streamState(DESIRED_STREAM)).toEqual(before);
    const epoch = bus.epoch;
    await nats.wipe();
    await waitFor(() => bus.connected && bus.epoch > epoch, { what: 'the bus is back' });
    const [after] = await admin.ensureStreams();
    expect(after?.created).not.toBe(before?.created);
  });

  it('give the newest message of a subject and forget it when purged', async () => {
    await admin.ensureStreams();
    const vm = desiredVm();
    const subject = subjects.desired(vm.hostId, vm.vmId);
    const last = () => admin.lastOnSubject(DESIRED_STREAM, subject, desiredVmCodec);
    expect(await last()).toBeUndefined();
    await bus.publishDurable(subject, desiredVmCodec, vm);
    await bus.publishDurable(subject, desiredVmCodec, { ...vm, generation: 2 });
    expect(await last()).toEqual({ message: { ...vm, generation: 2 }, sequence: 2 });
    await admin.purgeSubject(DESIRED_STREAM, subject);
    await admin.purgeSubject(DESIRED_STREAM, subject);
    expect(await last()).toBeUndefined();
    // The sequence of an empty subject starts at 0 again for a publisher that checks it.
    await bus.publishDurable(subject, desiredVmCodec, vm, { expectedLastSubjectSequence: 0 });

    const marker = { streamCreated: 'x', count: 1 };
    const markerSubject = subjects.desired(vm.hostId, subjects.seedToken);
    await bus.publishDurable(markerSubject, seedMarkerCodec, marker);
    expect(await admin.lastOnSubject(DESIRED_STREAM, markerSubject, seedMarkerCodec)).toEqual({
      message: marker,
      sequence: 4,
    });
  });

  it('are unavailable, and say so, while the server is away', async () => {
    await nats.kill();
    await waitFor(() => !bus.connected, { what: 'the loss is noticed' });
    await expect(admin.ensureStreams()).rejects.toMatchObject({ code: 'unavailable' });
    await nats.start();
    await waitFor(() => bus.connected, { what: 'the bus is back' });
    await expect(admin.ensureHostConsumers(desiredVm().hostId)).rejects.toMatchObject({ reason: 'refused' });
  });
});
