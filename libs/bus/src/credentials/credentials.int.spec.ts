import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { jetstreamManager } from '@nats-io/jetstream';
import { connect, credsAuthenticator, type NatsConnection } from '@nats-io/transport-node';
import {
  beaconCodec,
  DESIRED_STREAM,
  desiredVmCodec,
  EVENTS_STREAM,
  heartbeatCodec,
  hostConsumer,
  subjects,
  vmEventCodec,
} from '#libs/contracts';
import {
  desiredVm,
  heartbeat,
  type NatsServer,
  silentLogger,
  startNats,
  vmReport,
  waitFor,
} from '#libs/testing';
import {
  Bus,
  inboxOf,
  makeBusAuthority,
  mintHostCredentials,
  mintServiceCredentials,
  StreamAdmin,
  StreamReader,
} from '../index.js';

const HOST = '01890000-0000-7000-8000-000000000001';
const OTHER = '01890000-0000-7000-8000-000000000002';
const bytes = (text: string) => new TextEncoder().encode(text);

let nats: NatsServer;
let accountSeed: string;
let intel: Bus;
let host: NatsConnection;
/** What the server refused the host, and what the host heard. */
const refused: string[] = [];

async function dialAs(credentials: string, inboxPrefix: string): Promise<NatsConnection> {
  const connection = await connect({
    servers: nats.url,
    authenticator: credsAuthenticator(bytes(credentials)),
    inboxPrefix,
  });
  void (async () => {
    for await (const { type, error } of connection.status() as AsyncIterable<{ type: string; error?: Error }>)
      if (type === 'error') refused.push(String(error?.message));
  })();
  return connection;
}

beforeAll(async () => {
  const authority = await makeBusAuthority();
  accountSeed = authority.accountSeed;
  nats = await startNats({ config: authority.serverConfig });
  const service = await mintServiceCredentials(accountSeed, 'intel');
  intel = await Bus.connect({
    url: nats.url,
    name: 'intel',
    credentials: service.credentials,
    logger: silentLogger,
  });
  const admin = new StreamAdmin(intel);
  await admin.ensureStreams();
  await admin.ensureHostConsumers(HOST);
  await admin.ensureHostConsumers(OTHER);
  for (const hostId of [HOST, OTHER]) {
    const vm = desiredVm({ hostId });
    await intel.publishDurable(subjects.desired(hostId, vm.vmId), desiredVmCodec, vm);
  }
  const minted = await mintHostCredentials(accountSeed, HOST);
  host = await dialAs(minted.credentials, inboxOf(HOST));
});

afterAll(async () => {
  await host?.close();
  await intel?.close();
  await nats?.remove();
});

/** What the server says of a publication. */
async function refusalOfPublish(subject: string, reply?: string): Promise<string | undefined> {
  refused.length = 0;
  host.publish(subject, bytes('x'), reply ? { reply } : {});
  await host.flush();
  await host.flush();
  return refused.find((it) => it.includes('ermissions'));
}

async function refusalOfSubscribe(subject: string): Promise<string | undefined> {
  refused.length = 0;
  let failure: string | undefined;
  const subscription = host.subscribe(subject, {
    callback: (error) => {
      failure = error?.message;
    },
  });
  await host.flush();
  await host.flush();
  subscription.unsubscribe();
  return failure ?? refused.find((it) => it.includes('ermissions'));
}

describe('a host with its own credentials', () => {
  it('takes its own desired state and acknowledges it', async () => {
    const consumer = hostConsumer(HOST);
    const manager = await jetstreamManager(host, { checkAPI: false });
    expect((await manager.consumers.info(DESIRED_STREAM, consumer)).name).toBe(consumer);
    const pulled = await manager
      .jetstream()
      .consumers.getConsumerFromInfo(await manager.consumers.info(DESIRED_STREAM, consumer));
    const message = await pulled.next({ expires: 5_000 });
    expect(message?.subject.startsWith(`vman.desired.${HOST}.`)).toBe(true);
    expect(await message?.ackAck()).toBe(true);
  });

  it('is heard: heartbeats, events, questions to intel; and hears the beacon and questions', async () => {
    const beats: string[] = [];
    const heard = intel.subscribe(subjects.allHeartbeats, heartbeatCodec, (beat) => {
      beats.push(beat.hostId);
    });
    const beacons: string[] = [];
    host.subscribe(subjects.beacon, { callback: (_, message) => void beacons.push(message.subject) });
    host.subscribe(`vman.rpc.${HOST}.plan`, { callback: (_, message) => void message.respond(bytes('ok')) });
    await host.flush();
    // Again and again, as in life: the other end may not listen yet.
    const bothAreHeard = () => {
      host.publish(subjects.heartbeat(HOST), heartbeatCodec.encode(heartbeat({ hostId: HOST })));
      intel.publish(subjects.beacon, beaconCodec, { observerId: 'o', sentAtMs: 1 } as never);
      return beats.includes(HOST) && beacons.length > 0;
    };
    await waitFor(bothAreHeard, { what: 'both are heard' });
    heard.stop();
    const asker = await connect({
      servers: nats.url,
      authenticator: credsAuthenticator(
        bytes((await mintServiceCredentials(accountSeed, 'intel')).credentials),
      ),
    });
    const answer = await asker.request(`vman.rpc.${HOST}.plan`, undefined, { timeout: 5_000 });
    expect(answer.string()).toBe('ok');
    await asker.close();
  });

  it('carries its own consoles, and says and hears nothing else there', async () => {
    const shown: string[] = [];
    const typed: string[] = [];
    const asIntel = await dialAs((await mintServiceCredentials(accountSeed, 'intel')).credentials, '_INBOX');
    asIntel.subscribe(`vman.stream.${HOST}.s.out`, { callback: (_, it) => void shown.push(it.string()) });
    host.subscribe(`vman.stream.${HOST}.*.in`, { callback: (_, it) => void typed.push(it.string()) });
    await Promise.all([asIntel.flush(), host.flush()]);
    host.publish(`vman.stream.${HOST}.s.out`, bytes('shown'));
    asIntel.publish(`vman.stream.${HOST}.s.in`, bytes('typed'));
    await waitFor(() => shown.length > 0 && typed.length > 0, { what: 'both are heard' });
    expect([shown, typed]).toEqual([['shown'], ['typed']]);
    await asIntel.close();
  });

  it.each([
    ['events of another host', `vman.evt.${OTHER}.vm`],
    ['heartbeats of another host', `vman.hb.${OTHER}`],
    ['desired states, its own', `vman.desired.${HOST}.x`],
    ['desired states, of others', `vman.desired.${OTHER}.x`],
    ['commands, to itself', `vman.cmd.${HOST}.reset`],
    ['commands, to others', `vman.cmd.${OTHER}.reset`],
    ['the beacon of the observer', 'vman.beacon.observer'],
    ['questions to another host', `vman.rpc.${OTHER}.guest`],
    ['bytes of a console of another host', `vman.stream.${OTHER}.s.out`],
    ['what is typed at a console of another host', `vman.stream.${OTHER}.s.in`],
    ['what is typed at its own consoles', `vman.stream.${HOST}.s.in`],
    ['the inbox of another host', `${inboxOf(OTHER)}.x`],
    ['the inboxes of services', '_INBOX.x'],
    ['a new consumer', `$JS.API.CONSUMER.CREATE.${DESIRED_STREAM}`],
    ['a new durable consumer', `$JS.API.CONSUMER.DURABLE.CREATE.${DESIRED_STREAM}.mine`],
    ['the consumer of another host', `$JS.API.CONSUMER.MSG.NEXT.${DESIRED_STREAM}.${hostConsumer(OTHER)}`],
    ['acknowledgements for another host', `$JS.ACK.${DESIRED_STREAM}.${hostConsumer(OTHER)}.1.1.1.1.0`],
    ['the end of a consumer', `$JS.API.CONSUMER.DELETE.${DESIRED_STREAM}.${hostConsumer(HOST)}`],
    ['single messages of a stream', `$JS.API.STREAM.MSG.GET.${DESIRED_STREAM}`],
    ['the events of everybody', `$JS.API.CONSUMER.MSG.NEXT.${EVENTS_STREAM}.intel-events`],
    ['the end of a stream', `$JS.API.STREAM.DELETE.${DESIRED_STREAM}`],
    ['the purge of a stream', `$JS.API.STREAM.PURGE.${DESIRED_STREAM}`],
    ['another stream', '$JS.API.STREAM.CREATE.X'],
    ['the names of streams', '$JS.API.STREAM.NAMES'],
    ['the system', '$SYS.REQ.SERVER.PING'],
  ])('may not publish %s', async (_what, subject) => {
    expect(await refusalOfPublish(subject)).toMatch(/Permissions Violation|permissions violation/i);
  });

  it.each([
    ['everything', '>'],
    ['the events of others', `vman.evt.${OTHER}.vm`],
    ['its own events', `vman.evt.${HOST}.vm`],
    ['heartbeats', 'vman.hb.*'],
    ['desired states', 'vman.desired.*.*'],
    ['questions to another host', `vman.rpc.${OTHER}.*`],
    ['questions to intel', 'vman.rpc.intel.*'],
    ['consoles of another host', `vman.stream.${OTHER}.>`],
    ['what is typed at consoles of another host', `vman.stream.${OTHER}.*.in`],
    ['what its own consoles show', `vman.stream.${HOST}.*.out`],
    ['the inbox of another host', `${inboxOf(OTHER)}.>`],
    ['the inboxes of services', '_INBOX.>'],
    ['advisories', '$JS.EVENT.ADVISORY.>'],
  ])('may not listen to %s', async (_what, subject) => {
    expect(await refusalOfSubscribe(subject)).toMatch(/Permissions Violation|permissions violation/i);
  });

  it('cannot speak for another host by a foreign reply subject: the body names who it is for', async () => {
    const foreign = subjects.event(OTHER, 'vm');
    const arrived: string[] = [];
    const heard: string[] = [];
    const raw = intel.listen(foreign, undefined, ({ subject }) => void arrived.push(subject));
    const events = intel.subscribe(subjects.eventsOfKind('vm'), vmEventCodec, ({ hostId }) => {
      heard.push(hostId);
    });
    const vm = desiredVm({ hostId: HOST });
    await intel.publishDurable(subjects.desired(HOST, vm.vmId), desiredVmCodec, vm);
    host.publish(`$JS.API.CONSUMER.MSG.NEXT.${DESIRED_STREAM}.${hostConsumer(HOST)}`, bytes(''), {
      reply: foreign,
    });
    // The server delivers it there by its own right, under the subject that it has in its stream.
    const own = subjects.desired(HOST, vm.vmId);
    await waitFor(() => arrived.includes(own), { what: 'it arrives where the foreign events do' });
    // what is said after it is heard after it
    host.publish(
      subjects.event(HOST, 'vm'),
      vmEventCodec.encode({ hostId: HOST, report: vmReport(), steps: [], atMs: 1 }),
    );
    await waitFor(() => heard.includes(HOST), { what: 'its own event is heard' });
    raw.stop();
    events.stop();
    expect(heard).not.toContain(OTHER);
  });

  it('is shut out when its credentials have expired, and without any', async () => {
    const expired = await mintHostCredentials(accountSeed, HOST, Date.now() - 60_000);
    await expect(dialAs(expired.credentials, inboxOf(HOST))).rejects.toThrow(/authorization|expired/i);
    await expect(connect({ servers: nats.url, reconnect: false })).rejects.toThrow(/authorization/i);
    const foreign = await makeBusAuthority();
    const forged = await mintHostCredentials(foreign.accountSeed, HOST);
    await expect(dialAs(forged.credentials, inboxOf(HOST))).rejects.toThrow(/authorization/i);
  });

  it('is minted with the seed of an account only', async () => {
    const { operatorSeed } = await makeBusAuthority();
    await expect(mintHostCredentials(operatorSeed, HOST)).rejects.toThrow('not the seed of an account');
  });
});

describe('the observer with its own credentials', () => {
  let observer: Bus;
  beforeAll(async () => {
    const { credentials } = await mintServiceCredentials(accountSeed, 'observer');
    observer = await Bus.connect({ url: nats.url, name: 'observer', credentials, logger: silentLogger });
  });
  afterAll(() => observer?.close());

  it('reads what every host shall be, and hears what comes after', async () => {
    const read = new Set<string>();
    const reader = new StreamReader(observer, DESIRED_STREAM, subjects.allDesired, desiredVmCodec, {
      onMessage: ({ hostId }) => void read.add(hostId),
    }).start();
    await waitFor(() => reader.caughtUp, { what: 'all was read' });
    expect([...read].sort()).toEqual([HOST, OTHER]);
    const later = '01890000-0000-7000-8000-000000000003';
    const vm = desiredVm({ hostId: later });
    await intel.publishDurable(subjects.desired(later, vm.vmId), desiredVmCodec, vm);
    await waitFor(() => read.has(later), { what: 'the new one is heard' });
    await reader.stop();
  });

  it('tells events, gives its beacon, and does not change what is desired', async () => {
    const event = { hostId: HOST, report: vmReport(), steps: [], atMs: 1 };
    await observer.publishDurable(subjects.event(HOST, 'vm'), vmEventCodec, event);
    const heard: string[] = [];
    const ear = intel.subscribe(
      subjects.beacon,
      beaconCodec,
      ({ observerId }) => void heard.push(observerId),
    );
    const vm = desiredVm({ hostId: HOST });
    const refusal = observer.publishDurable(subjects.desired(HOST, vm.vmId), desiredVmCodec, vm);
    await expect(refusal).rejects.toThrow();
    await waitFor(
      () => {
        observer.publish(subjects.beacon, beaconCodec, { observerId: 'o', sentAtMs: 1 } as never);
        return heard.length > 0;
      },
      { what: 'the beacon' },
    );
    ear.stop();
  });
});
