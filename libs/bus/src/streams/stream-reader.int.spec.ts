import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { jetstreamManager } from '@nats-io/jetstream';
import { DESIRED_STREAM, type DesiredVm, desiredVmCodec, seedMarkerCodec, subjects } from '#libs/contracts';
import { desiredVm, type NatsServer, silentLogger, startNats, waitFor } from '#libs/testing';
import { Bus, StreamAdmin, StreamReader } from '../index.js';

describe('a reader of a whole stream', () => {
  let nats: NatsServer;
  let bus: Bus;
  let admin: StreamAdmin;
  let reader: StreamReader<DesiredVm>;
  /** What happened, in order. */
  let log: string[];

  beforeEach(async () => {
    nats = await startNats();
    bus = await Bus.connect({ url: nats.url, name: 'test', logger: silentLogger });
    admin = new StreamAdmin(bus);
    log = [];
    reader = new StreamReader(bus, DESIRED_STREAM, subjects.allDesired, desiredVmCodec, {
      onMessage: (vm, subject, sequence) => {
        expect(subject).toBe(subjects.desired(vm.hostId, vm.vmId));
        log.push(`${vm.name}@${sequence}`);
      },
      onCaughtUp: () => log.push('caught up'),
      onReset: () => log.push('reset'),
      onSeedMarker: ({ count }) => log.push(`marker ${count}`),
    });
  });
  afterEach(async () => {
    await reader.stop();
    await bus.close();
    await nats.remove();
  });

  const publish = async (name: string) => {
    const vm = desiredVm({ name });
    await bus.publishDurable(subjects.desired(vm.hostId, vm.vmId), desiredVmCodec, vm);
  };
  const until = (...lines: string[]) =>
    waitFor(() => lines.every((line) => log.includes(line)), { what: `${lines} in ${log}` });
  const reconnected = async (work: () => Promise<void>) => {
    const { epoch } = bus;
    await work();
    await waitFor(() => bus.connected && bus.epoch > epoch, { what: 'the bus is back' });
  };

  it('gives what is there, says when that is all, then what comes', async () => {
    await admin.ensureStreams();
    for (const name of ['a', 'b', 'c']) await publish(name);
    reader.start();
    await until('caught up');
    expect(reader.caughtUp).toBe(true);
    await publish('d');
    await until('d@4');
    expect(log).toEqual(['a@1', 'b@2', 'c@3', 'caught up', 'd@4']);
  });

  it('is caught up at once in an empty stream, and waits for a stream that is not there', async () => {
    reader.start();
    expect(reader.caughtUp).toBe(false);
    await admin.ensureStreams();
    await until('caught up');
    expect(log).toEqual(['caught up']);
  });

  it('reads more than one batch in order', async () => {
    await admin.ensureStreams();
    await Promise.all(Array.from({ length: 600 }, (_, index) => publish(`vm${index}`)));
    reader.start();
    await until('caught up');
    const sequences = log.slice(0, -1).map((line) => Number(line.split('@')[1]));
    expect(sequences).toEqual(Array.from({ length: 600 }, (_, index) => index + 1));
  });

  it('is caught up though messages are replaced and purged while it reads', async () => {
    await admin.ensureStreams();
    const vms = Array.from({ length: 20 }, (_, index) => desiredVm({ name: `vm${index}` }));
    const subjectOf = (vm: DesiredVm) => subjects.desired(vm.hostId, vm.vmId);
    const write = (vm: DesiredVm) => bus.publishDurable(subjectOf(vm), desiredVmCodec, vm);
    await Promise.all(vms.map(write));
    let over = false;
    const changing = (async () => {
      for (let index = 0; !over; index++) {
        const vm = vms[index % vms.length]!;
        await (index % 5 === 0 ? admin.purgeSubject(DESIRED_STREAM, subjectOf(vm)) : write(vm));
      }
    })();
    try {
      for (let reading = 0; reading < 25; reading++) {
        const one = new StreamReader(bus, DESIRED_STREAM, subjects.allDesired, desiredVmCodec, {
          onMessage: () => {},
        }).start();
        await waitFor(() => one.caughtUp, { what: `reading ${reading} is caught up` }).finally(() =>
          one.stop(),
        );
      }
    } finally {
      over = true;
      await changing;
    }
  });

  it('starts over after a reconnect, so that nothing is missed', async () => {
    await admin.ensureStreams();
    await publish('a');
    reader.start();
    await until('caught up');
    await nats.stop();
    await waitFor(() => !bus.connected, { what: 'the loss is noticed' });
    expect(reader.caughtUp).toBe(false);
    log = [];
    await reconnected(() => nats.start());
    await until('caught up');
    expect(log).toEqual(['reset', 'a@1', 'caught up']);
  });

  it('sees the first messages of a stream that was wiped and made again', async () => {
    await admin.ensureStreams();
    for (const name of ['a', 'b', 'c']) await publish(name);
    reader.start();
    await until('caught up');
    log = [];
    await reconnected(() => nats.wipe());
    await admin.ensureStreams();
    await publish('x');
    const marker = { streamCreated: 'now', count: 1 };
    const seeded = subjects.desired(desiredVm().hostId, subjects.seedToken);
    await bus.publishDurable(seeded, seedMarkerCodec, marker);
    await until('reset', 'x@1', 'marker 1', 'caught up');
    expect(log.indexOf('reset')).toBe(0);
    expect(log.filter((line) => line.includes('@'))).toEqual(['x@1']);
  });

  it('starts over when the stream alone was made again', async () => {
    await admin.ensureStreams();
    await publish('a');
    reader.start();
    await until('caught up');
    log = [];
    const manager = await jetstreamManager(bus.connectionFor('lose the stream'));
    await manager.streams.delete(DESIRED_STREAM);
    await admin.ensureStreams();
    await publish('x');
    await waitFor(() => log.includes('x@1'), { what: 'the new stream is read' });
    expect(log[0]).toBe('reset');
  });

  it('passes over malformed messages', async () => {
    await admin.ensureStreams();
    const vm = desiredVm();
    bus.connectionFor('send bytes').publish(subjects.desired(vm.hostId, vm.vmId), new Uint8Array([255]));
    await publish('b');
    reader.start();
    await until('caught up');
    expect(log).toEqual(['b@2', 'caught up']);
  });

  it('leaves no consumer behind when it stops', async () => {
    await admin.ensureStreams();
    reader.start();
    await until('caught up');
    const manager = await jetstreamManager(bus.connectionFor('count'));
    const consumers = async () => (await manager.streams.info(DESIRED_STREAM)).state.consumer_count;
    expect(await consumers()).toBe(1);
    await reader.stop();
    expect(await consumers()).toBe(0);
  });
});
