import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import {
  COMMANDS_STREAM,
  DESIRED_STREAM,
  desiredVmCodec,
  type Heartbeat,
  heartbeatCodec,
  type ImageRequest,
  imageGrantCodec,
  imageRequestCodec,
  subjects,
} from '#libs/contracts';
import { currentContext, withContext } from '#libs/logging';
import { desiredVm, heartbeat, type NatsServer, silentLogger, startNats, waitFor } from '#libs/testing';
import { Bus, type BusHooks, BusUnavailable, NoReply, StreamAdmin, WrongSequence } from './index.js';

type Counts = Record<keyof BusHooks, string[]>;

function counting(): { counts: Counts; hooks: BusHooks } {
  const counts: Counts = {
    published: [],
    dropped: [],
    malformed: [],
    redelivered: [],
    handlerFailed: [],
    handled: [],
    requested: [],
    connection: [],
  };
  const hook = (name: keyof BusHooks) => (kind: string) => void counts[name].push(kind);
  const hooks: BusHooks = {
    published: hook('published'),
    dropped: hook('dropped'),
    malformed: hook('malformed'),
    redelivered: hook('redelivered'),
    handlerFailed: hook('handlerFailed'),
    handled: hook('handled'),
    requested: hook('requested'),
    connection: hook('connection'),
  };
  return { counts, hooks };
}

describe('the connection', () => {
  let nats: NatsServer;
  let counts: Counts;
  let options: { url: string; name: string; logger: typeof silentLogger; hooks: BusHooks };
  const open: Bus[] = [];

  beforeEach(async () => {
    nats = await startNats({ started: false });
    const counted = counting();
    counts = counted.counts;
    options = { url: nats.url, name: 'test', logger: silentLogger, hooks: counted.hooks };
  });
  afterEach(async () => {
    await Promise.all(open.splice(0).map((bus) => bus.close()));
    await nats.remove();
  });

  const make = () => {
    const bus = Bus.open(options);
    open.push(bus);
    return bus;
  };
  const connected = async () => {
    await nats.start();
    const bus = make();
    await bus.ready;
    return bus;
  };

  it('is made although the server is not there yet, and is up soon after the server', async () => {
    const bus = make();
    expect(bus.connected).toBe(false);
    expect(bus.serverVersion).toBe('');
    const heard: Heartbeat[] = [];
    bus.subscribe(subjects.allHeartbeats, heartbeatCodec, (beat) => void heard.push(beat));
    bus.publish('vman.hb.x', heartbeatCodec, heartbeat());
    expect(counts.dropped).toEqual(['hb']);

    let told = 0;
    bus.onReconnect(() => told++);
    await nats.start();
    await bus.ready;
    expect(told).toBe(1);
    expect(bus.serverVersion).toMatch(/^2\./);

    const beat = heartbeat();
    bus.publish(subjects.heartbeat(beat.hostId), heartbeatCodec, beat);
    await waitFor(() => heard.length > 0, { what: 'the subscription made before the connection hears' });
    expect(heard[0]).toEqual(beat);
  });

  it('comes back to a server that was killed, with its subscriptions', async () => {
    const bus = await connected();
    const heard: string[] = [];
    bus.subscribe(subjects.allHeartbeats, heartbeatCodec, (_beat, { subject }) => void heard.push(subject));
    let reconnects = 0;
    const listener = bus.onReconnect(() => reconnects++);

    for (let round = 1; round <= 2; round++) {
      await nats.kill();
      await waitFor(() => !bus.connected, { what: 'the loss is noticed' });
      await nats.start();
      await waitFor(() => bus.connected, { what: 'the bus is back' });
      expect(reconnects).toBe(1);
      expect(bus.epoch).toBe(round + 1);
      listener.stop();
    }
    const beat = heartbeat();
    bus.publish(subjects.heartbeat(beat.hostId), heartbeatCodec, beat);
    await waitFor(() => heard.length === 1, { what: 'it is heard after the reconnect' });
  });

  it('does not send late what could not be sent while the server was away', async () => {
    const bus = await connected();
    const heard: number[] = [];
    bus.subscribe(subjects.allHeartbeats, heartbeatCodec, (beat) => void heard.push(beat.sequence));
    await nats.kill();
    await waitFor(() => !bus.connected, { what: 'the loss is noticed' });
    const old = heartbeat({ sequence: 1 });
    bus.publish(subjects.heartbeat(old.hostId), heartbeatCodec, old);
    const promise = bus.publishDurable('vman.desired.a.b', desiredVmCodec, desiredVm());
    await expect(promise).rejects.toMatchObject({ reason: 'disconnected', code: 'unavailable' });
    await nats.start();
    await waitFor(() => bus.connected, { what: 'the bus is back' });
    bus.publish(subjects.heartbeat(old.hostId), heartbeatCodec, { ...old, sequence: 2 });
    await waitFor(() => heard.length > 0, { what: 'a heartbeat is heard' });
    expect(heard).toEqual([2]);
    expect(counts.dropped).toEqual(['hb']);
  });

  it('needs the token of the server and keeps trying without it', async () => {
    const guarded = await startNats({ token: 'open-sesame' });
    const wrong = Bus.open({ ...options, url: guarded.url, token: 'wrong' });
    const right = Bus.open({ ...options, url: `${guarded.url}, ${guarded.url}`, token: 'open-sesame' });
    open.push(wrong, right);
    await right.ready;
    expect(right.connected).toBe(true);
    expect(wrong.connected).toBe(false);
    await guarded.remove();
  });

  it('tells a closing that was asked for from one that was not', async () => {
    const bus = await connected();
    await bus.close();
    await expect(bus.closed).resolves.toBeUndefined();
    expect(bus.connected).toBe(false);
    await expect(bus.publishDurable('vman.evt.a.vm', desiredVmCodec, desiredVm())).rejects.toMatchObject({
      reason: 'closed',
    });

    const lost = await Bus.connect(options);
    await lost.connectionFor('end it from outside').close();
    expect(await lost.closed).toBeInstanceOf(BusUnavailable);
  });

  it('drops what is published while it closes, and closes although the server hangs', async () => {
    const bus = await connected();
    await nats.freeze();
    try {
      const closing = bus.close();
      bus.publish('vman.hb.x', heartbeatCodec, heartbeat());
      await closing;
      expect(counts.dropped).toEqual(['hb']);
    } finally {
      await nats.thaw();
    }
  });

  it('outlives a listener of the reconnect that throws', async () => {
    const bus = await connected();
    let told = 0;
    bus.onReconnect(() => {
      throw new Error('listener');
    });
    bus.onReconnect(() => told++);
    await nats.kill();
    await nats.start();
    await waitFor(() => told === 1, { what: 'the other listener is told' });
  });

  it('gives up dialling only when it is closed', async () => {
    const bus = make();
    await bus.close();
    await expect(bus.ready).rejects.toThrow();
    await expect(bus.closed).resolves.toBeUndefined();
  });

  it('drops and counts what does not decode, what means nothing and who speaks for another host', async () => {
    const bus = await connected();
    const heard: string[] = [];
    bus.subscribe(subjects.allHeartbeats, heartbeatCodec, (beat) => void heard.push(beat.hostId));
    const good = heartbeat();
    const raw = bus.connectionFor('send bytes');
    raw.publish(subjects.heartbeat(good.hostId), new Uint8Array([255, 255, 255]));
    raw.publish(subjects.heartbeat(good.hostId), heartbeatCodec.encode({ ...good, hostId: 'me' }));
    bus.publish(subjects.heartbeat(heartbeat().hostId), heartbeatCodec, good);
    bus.publish(subjects.heartbeat(good.hostId), heartbeatCodec, good);
    await waitFor(() => heard.length > 0, { what: 'the good one is heard' });
    expect(heard).toEqual([good.hostId]);
    expect(counts.malformed).toEqual(['hb', 'hb', 'hb']);
  });

  it('survives a handler that throws, and counts it', async () => {
    const bus = await connected();
    bus.subscribe(subjects.allHeartbeats, heartbeatCodec, async () => {
      throw new Error('handler');
    });
    const beat = heartbeat();
    bus.publish(subjects.heartbeat(beat.hostId), heartbeatCodec, beat);
    bus.publish(subjects.heartbeat(beat.hostId), heartbeatCodec, beat);
    await waitFor(() => counts.handlerFailed.length === 2, { what: 'both failures are counted' });
  });

  it('gives each message to one member of a queue group', async () => {
    const bus = await connected();
    const other = await Bus.connect(options);
    open.push(other);
    const heard: number[] = [];
    for (const member of [bus, other]) {
      const listen = (beat: Heartbeat) => void heard.push(beat.sequence);
      member.subscribe(subjects.allHeartbeats, heartbeatCodec, listen, { queue: 'intel' });
      await member.connectionFor('flush').flush();
    }
    const beat = heartbeat();
    for (let sequence = 1; sequence <= 20; sequence++) {
      bus.publish(subjects.heartbeat(beat.hostId), heartbeatCodec, { ...beat, sequence });
    }
    await waitFor(() => heard.length >= 20, { what: 'all are heard' });
    expect(heard.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 20 }, (_, index) => index + 1));
  });

  it('carries request id, operation id and trace to the other side, and nothing that is not plain', async () => {
    const bus = await connected();
    const seen: unknown[] = [];
    bus.subscribe(subjects.allHeartbeats, heartbeatCodec, (_beat, { headers }) => {
      seen.push({ ...currentContext() }, headers);
    });
    const beat = heartbeat();
    const send = () => bus.publish(subjects.heartbeat(beat.hostId), heartbeatCodec, beat);
    withContext({ requestId: 'r-1', operationId: 'o-1', traceparent: '00-ab-cd-01' }, send);
    withContext({ requestId: 'bad\nid', operationId: 'x'.repeat(200) }, send);
    await waitFor(() => seen.length === 4, { what: 'both are heard' });
    expect(seen).toEqual([
      { requestId: 'r-1', operationId: 'o-1', traceparent: '00-ab-cd-01' },
      { 'Vman-Request-Id': 'r-1', 'Vman-Operation-Id': 'o-1', traceparent: '00-ab-cd-01' },
      {},
      {},
    ]);
  });

  it('says why a request got no reply', async () => {
    const bus = await connected();
    const question: ImageRequest = { hostId: desiredVm().hostId, digest: '0' };
    const ask = () =>
      bus.request(subjects.intelRpc('image'), imageRequestCodec, question, imageGrantCodec, 200);
    await expect(ask()).rejects.toMatchObject({ name: 'VmanError', reason: 'nobody-listens' });
    bus.connectionFor('stay silent').subscribe(subjects.intelRpc('image'));
    await expect(ask()).rejects.toBeInstanceOf(NoReply);
    await expect(ask()).rejects.toMatchObject({ reason: 'timeout' });
    bus.connectionFor('answer rubbish').subscribe(subjects.intelRpc('image'), {
      callback: (_error, message) => void message.respond(new Uint8Array([255])),
    });
    await expect(ask()).rejects.toMatchObject({ name: 'MalformedMessage' });
    expect(counts.malformed).toEqual(['rpc']);
    await nats.kill();
    await waitFor(() => !bus.connected, { what: 'the loss is noticed' });
    await expect(ask()).rejects.toBeInstanceOf(BusUnavailable);
  });

  it('stores durably in order: a publisher that knows an old sequence is refused', async () => {
    const bus = await connected();
    await new StreamAdmin(bus).ensureStreams();
    const vm = desiredVm();
    const subject = subjects.desired(vm.hostId, vm.vmId);
    const publish = (generation: number, expectedLastSubjectSequence?: number) =>
      bus.publishDurable(subject, desiredVmCodec, { ...vm, generation }, { expectedLastSubjectSequence });

    const first = await publish(1, 0);
    expect(first).toEqual({ stream: DESIRED_STREAM, sequence: 1 });
    await expect(publish(2, 0)).rejects.toMatchObject({ name: 'WrongSequence', expected: 0, actual: 1 });
    await expect(publish(2, 7)).rejects.toBeInstanceOf(WrongSequence);
    expect(await publish(2, 1)).toEqual({ stream: DESIRED_STREAM, sequence: 2 });
    expect((await publish(3)).sequence).toBe(3);
    expect(counts.published).toEqual(['desired', 'desired', 'desired']);
  });

  it('tells a missing stream from a full one', async () => {
    const bus = await connected();
    const vm = desiredVm();
    const publish = () => bus.publishDurable(subjects.desired(vm.hostId, vm.vmId), desiredVmCodec, vm);
    await expect(publish()).rejects.toMatchObject({ reason: 'no-stream' });

    const { jetstreamManager, DiscardPolicy } = await import('@nats-io/jetstream');
    const manager = await jetstreamManager(bus.connectionFor('make a full stream'));
    const full = { name: COMMANDS_STREAM, subjects: [subjects.allDesired], max_msgs: 1 };
    await manager.streams.add({ ...full, discard: DiscardPolicy.New });
    await publish();
    await expect(publish()).rejects.toMatchObject({ reason: 'refused' });
  });
});
