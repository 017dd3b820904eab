import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { jetstreamManager } from '@nats-io/jetstream';
import { Controller, type INestApplicationContext } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { Ctx, EventPattern, MessagePattern, Payload, RpcException, Transport } from '@nestjs/microservices';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import {
  COMMANDS_STREAM,
  DESIRED_STREAM,
  type DesiredVm,
  desiredVmCodec,
  type Heartbeat,
  heartbeatCodec,
  hostConsumer,
  type PlanReply,
  type PlanRequest,
  planReplyCodec,
  planRequestCodec,
  type SeedMarker,
  seedMarkerCodec,
  subjects,
} from '#libs/contracts';
import { VmanError } from '#libs/errors';
import { currentContext, withContext } from '#libs/logging';
import { desiredVm, heartbeat, type NatsServer, silentLogger, startNats, waitFor } from '#libs/testing';
import {
  Bus,
  JETSTREAM,
  JetStreamContext,
  JetStreamStrategy,
  ProtobufNatsServer,
  StreamAdmin,
} from '../index.js';
import { isSameConsumer } from './same-consumer.js';

const HOST = '01890000-0000-7000-8000-000000000001';
type Handle = (vm: DesiredVm, context: JetStreamContext) => void | Promise<void>;

const seen = {
  desired: [] as DesiredVm[],
  contexts: [] as object[],
  beats: [] as Heartbeat[],
  markers: [] as SeedMarker[],
  handle: (() => {}) as Handle,
  plan: (() => ({ steps: [], qemuArguments: [], errorCode: '', errorMessage: '' })) as (
    request: PlanRequest,
  ) => PlanReply | Promise<PlanReply>,
};

@Controller()
class HostController {
  @EventPattern<string>('VMAN_DESIRED/host-{host}', JETSTREAM)
  async onDesired(@Payload() vm: DesiredVm, @Ctx() context: JetStreamContext): Promise<void> {
    seen.desired.push(vm);
    seen.contexts.push({ ...currentContext() });
    await seen.handle(vm, context);
  }

  @EventPattern<string>('vman.hb.*', Transport.NATS, { queue: 'hearers' })
  onBeat(beat: Heartbeat): void {
    seen.beats.push(beat);
  }

  @MessagePattern<string>('vman.rpc.{host}.plan', Transport.NATS)
  async plan(request: PlanRequest): Promise<PlanReply> {
    return seen.plan(request);
  }
}
class HostModule {}
Reflect.defineMetadata('controllers', [HostController], HostModule);

describe('durable handlers beside core handlers in one Nest app', () => {
  let nats: NatsServer;
  let bus: Bus;
  let admin: StreamAdmin;
  let strategy: JetStreamStrategy;
  let app: INestApplicationContext & { close(): Promise<void> };

  beforeAll(async () => {
    nats = await startNats();
  });
  afterAll(() => nats.remove());

  const startApp = async (maxInFlight = 4) => {
    strategy = new JetStreamStrategy({
      bus,
      host: HOST,
      maxInFlight,
      onSeedMarker: (marker) => void seen.markers.push(marker),
    });
    const hybrid = await NestFactory.create(HostModule, new FastifyAdapter(), { logger: false });
    hybrid.connectMicroservice({ strategy });
    hybrid.connectMicroservice({ strategy: new ProtobufNatsServer({ bus, host: HOST }) });
    await hybrid.startAllMicroservices();
    app = hybrid;
  };

  beforeEach(async () => {
    await nats.wipe();
    Object.assign(seen, { desired: [], contexts: [], beats: [], markers: [], handle: () => {} });
    bus = await Bus.connect({ url: nats.url, name: 'test', logger: silentLogger });
    admin = new StreamAdmin(bus);
    await admin.ensureStreams();
    await admin.ensureHostConsumers(HOST);
    await startApp();
    await waitFor(() => strategy.bound, { what: 'the consumer is followed' });
  });
  afterEach(async () => {
    await app.close();
    await bus.close();
    jest.restoreAllMocks();
  });

  const publish = (vm: DesiredVm) => bus.publishDurable(subjects.desired(HOST, vm.vmId), desiredVmCodec, vm);
  const vms = (count: number) => Array.from({ length: count }, () => desiredVm({ hostId: HOST }));
  const consumer = async () => {
    const manager = await jetstreamManager(bus.connectionFor('look'));
    return manager.consumers.info(DESIRED_STREAM, hostConsumer(HOST));
  };
  const allAcknowledged = (count: number) =>
    waitFor(
      async () => {
        const info = await consumer();
        return info.num_ack_pending === 0 && info.delivered.stream_seq >= count;
      },
      { what: 'all is acknowledged' },
    );

  it('handle each message exactly once, with the context of who sent it', async () => {
    const wanted = vms(20);
    await withContext({ requestId: 'r-9' }, () => Promise.all(wanted.map(publish)));
    await allAcknowledged(20);
    expect(seen.desired.map((vm) => vm.vmId).sort()).toEqual(wanted.map((vm) => vm.vmId).sort());
    expect(new Set(seen.contexts.map((context) => JSON.stringify(context)))).toEqual(
      new Set(['{"requestId":"r-9"}']),
    );

    const beat = heartbeat();
    bus.publish(subjects.heartbeat(beat.hostId), heartbeatCodec, beat);
    await waitFor(() => seen.beats.length > 0, { what: 'the heartbeat is heard' });
    expect(seen.beats).toEqual([beat]);
    expect(seen.desired).toHaveLength(20);
  });

  it('never hold more messages than allowed, and hold that many', async () => {
    let now = 0;
    let most = 0;
    const gates: (() => void)[] = [];
    seen.handle = async () => {
      most = Math.max(most, ++now);
      await new Promise<void>((resolve) => gates.push(resolve));
      now--;
    };
    await Promise.all(vms(10).map(publish));
    for (let opened = 0; opened < 10; opened++) {
      const gate = await waitFor(() => gates.shift(), { what: 'a handler runs' });
      if (opened === 0) await waitFor(() => now === 4, { what: 'four handlers run' });
      gate();
    }
    await allAcknowledged(10);
    expect(most).toBe(4);
    expect(seen.desired).toHaveLength(10);
  });

  it('give a message again when the handler threw, later and later, until it does not', async () => {
    const times: number[] = [];
    const redelivered: boolean[] = [];
    seen.handle = (_vm, context) => {
      times.push(performance.now());
      redelivered.push(context.redelivered);
      if (times.length < 3) throw new Error('not yet');
    };
    await Promise.all(vms(1).map(publish));
    await waitFor(() => times.length === 3, { what: 'the third try' });
    await allAcknowledged(1);
    expect(redelivered).toEqual([false, true, true]);
    expect((times[1] ?? 0) - (times[0] ?? 0)).toBeGreaterThan(100);
    expect((times[2] ?? 0) - (times[1] ?? 0)).toBeGreaterThan(200);
  });

  it('may acknowledge before they end, or ask for a later delivery themselves', async () => {
    const [early, later] = vms(2) as [DesiredVm, DesiredVm];
    seen.handle = (vm, context) => {
      context.working();
      if (vm.vmId === early.vmId) {
        context.ack();
        throw new Error('after the acknowledgement');
      }
      if (!context.redelivered) context.nak(50);
    };
    await publish(early);
    await publish(later);
    await waitFor(() => seen.desired.length === 3, { what: 'the second one comes again' });
    await allAcknowledged(2);
    expect(seen.desired.filter((vm) => vm.vmId === early.vmId)).toHaveLength(1);
  });

  it('never see a malformed message, which does not come again', async () => {
    const [vm] = vms(1) as [DesiredVm];
    const bad = bus.connectionFor('send bytes');
    bad.publish(subjects.desired(HOST, vm.vmId), new Uint8Array([255, 255]));
    await bus.publishDurable(subjects.desired(HOST, desiredVm().vmId), desiredVmCodec, vm);
    const foreign = desiredVm();
    await bus.publishDurable(subjects.desired(HOST, foreign.vmId), desiredVmCodec, foreign);
    await allAcknowledged(3);
    expect(seen.desired).toEqual([]);
  });

  it('leave seed markers to the one who asked for them', async () => {
    const marker = { streamCreated: 'then', count: 3 };
    await bus.publishDurable(subjects.desired(HOST, subjects.seedToken), seedMarkerCodec, marker);
    await allAcknowledged(1);
    expect(seen.markers).toEqual([marker]);
    expect(seen.desired).toEqual([]);
  });

  it('end what they do before the app is closed, and what they did not take is there for the next start', async () => {
    let release: () => void = () => {};
    let ended = false;
    seen.handle = async () => {
      await new Promise<void>((resolve) => {
        release = resolve;
      });
      ended = true;
    };
    const [first, second] = vms(2) as [DesiredVm, DesiredVm];
    await publish(first);
    await waitFor(() => seen.desired.length === 1, { what: 'the handler runs' });
    const closing = strategy.close().then(() => ended);
    await publish(second);
    release();
    expect(await closing).toBe(true);
    expect(seen.desired).toEqual([first]);

    seen.handle = () => {};
    await app.close();
    await startApp();
    await waitFor(() => seen.desired.length === 2, { timeoutMs: 2000, what: 'the next start takes it' });
    expect(seen.desired[1]).toEqual(second);
  });

  it('go on after a server was killed, its durable consumers being where they were', async () => {
    await Promise.all(vms(5).map(publish));
    await allAcknowledged(5);
    const { created } = await consumer();
    await nats.kill();
    await waitFor(() => !strategy.bound, { what: 'the loss is noticed' });
    await nats.start();
    await waitFor(() => strategy.bound, { what: 'it is followed again' });
    expect(isSameConsumer((await consumer()).created, created)).toBe(true);
    const [late] = vms(1) as [DesiredVm];
    await publish(late);
    await waitFor(() => seen.desired.some((vm) => vm.vmId === late.vmId), { what: 'the new one comes' });
  });

  it('whose slots were all taken while the server was away still acknowledge what they hold', async () => {
    const gates: (() => void)[] = [];
    seen.handle = () => new Promise<void>((resolve) => gates.push(resolve));
    await Promise.all(vms(4).map(publish));
    await waitFor(() => gates.length === 4, { what: 'all slots are taken' });
    await nats.stop();
    await waitFor(() => !strategy.bound, { what: 'the loss is noticed' });
    await nats.start();
    await waitFor(() => strategy.bound, { what: 'it is followed again' });
    for (const open of gates) open();
    await allAcknowledged(4);
    expect(seen.desired).toHaveLength(4);
  });

  it('start over with streams that somebody made again after a wipe', async () => {
    await Promise.all(vms(3).map(publish));
    await allAcknowledged(3);
    await nats.wipe();
    await waitFor(() => bus.connected && bus.epoch === 2, { what: 'the bus is back' });
    expect(strategy.bound).toBe(false);
    expect(await admin.streamState(DESIRED_STREAM)).toBeUndefined();

    seen.desired = [];
    await admin.ensureStreams();
    const again = vms(3);
    await Promise.all(again.map(publish));
    await admin.ensureHostConsumers(HOST);
    await waitFor(() => seen.desired.length === 3, { what: 'all come from the beginning' });
    await allAcknowledged(3);
  });

  it('do not acknowledge a message of the new stream with the answer to one of the old', async () => {
    const gates: (() => void)[] = [];
    seen.handle = () => new Promise<void>((resolve) => gates.push(resolve));
    const [before, after] = vms(2) as [DesiredVm, DesiredVm];
    await publish(before);
    const answerOld = await waitFor(() => gates.shift(), { what: 'the old message is handled' });
    await nats.wipe();
    await waitFor(() => bus.connected && bus.epoch === 2, { what: 'the bus is back' });
    await admin.ensureStreams();
    await admin.ensureHostConsumers(HOST);
    await publish(after);
    const answerNew = await waitFor(() => gates.shift(), { what: 'the new message is handled' });
    answerOld();
    await waitFor(async () => (await consumer()).num_ack_pending === 1, { what: 'the new one is open' });
    await bus.connectionFor('let the old answer arrive').flush();
    expect((await consumer()).num_ack_pending).toBe(1);
    answerNew();
    await allAcknowledged(1);
  });

  it('come back when their consumer alone was removed and made again', async () => {
    const manager = await jetstreamManager(bus.connectionFor('remove it'));
    await manager.consumers.delete(DESIRED_STREAM, hostConsumer(HOST));
    await admin.ensureHostConsumers(HOST);
    const [vm] = vms(1) as [DesiredVm];
    await publish(vm);
    await waitFor(() => seen.desired.length === 1, { what: 'it comes' });
  });

  it('answer requests with a message, or with the code of their refusal', async () => {
    const request = { desired: desiredVm({ hostId: HOST }) };
    const ask = (body: PlanRequest = request) =>
      bus.request(subjects.hostRpc(HOST, 'plan'), planRequestCodec, body, planReplyCodec, 2000);
    const reply = { steps: ['launch'], qemuArguments: ['-m', '128'], errorCode: '', errorMessage: '' };
    seen.plan = () => reply;
    expect(await ask()).toEqual(reply);

    seen.plan = () => {
      throw new RpcException(new VmanError('storage_full', 'no space'));
    };
    await expect(ask()).rejects.toMatchObject({ code: 'storage_full', message: 'no space' });
    seen.plan = () => {
      throw new Error('secret path');
    };
    await expect(ask()).rejects.toMatchObject({ code: 'internal', message: 'the request failed' });
    await expect(ask({ desired: desiredVm() })).rejects.toMatchObject({ code: 'internal' });
  });

  it('wait for the handlers of requests before the app is closed', async () => {
    let release: (reply: PlanReply) => void = () => {};
    let running = false;
    seen.plan = () => {
      running = true;
      return new Promise<PlanReply>((resolve) => {
        release = resolve;
      });
    };
    const request = { desired: desiredVm({ hostId: HOST }) };
    const subject = subjects.hostRpc(HOST, 'plan');
    const asked = bus.request(subject, planRequestCodec, request, planReplyCodec, 2000);
    await waitFor(() => running, { what: 'the handler runs' });
    const closing = app.close();
    release({ steps: ['late'], qemuArguments: [], errorCode: '', errorMessage: '' });
    await closing;
    expect(await asked).toMatchObject({ steps: ['late'] });
  });

  it('need the host their patterns speak of', () => {
    const durable = new JetStreamStrategy({ bus });
    durable.addHandler(`${COMMANDS_STREAM}/host-{host}`, async () => {}, true);
    expect(() => durable.listen(() => {})).toThrow('needs the option host');
    const core = new ProtobufNatsServer({ bus });
    expect(() => core.addHandler('vman.rpc.{host}.plan', async () => {})).toThrow('needs the option host');
    expect(core.unwrap()).toBe(bus);
    expect(durable.unwrap()).toBe(bus);
    expect(() => durable.on()).toThrow('no events');
  });
});
