import { randomUUID } from 'node:crypto';
import { connect, credsAuthenticator, type NatsConnection } from '@nats-io/transport-node';
import {
  Bus,
  inboxOf,
  makeBusAuthority,
  mintHostCredentials,
  mintServiceCredentials,
  StreamAdmin,
} from '#libs/bus';
import { COMMANDS_STREAM, DESIRED_STREAM, EVENTS_STREAM, hostConsumer } from '#libs/contracts';
import { silentLogger, startNats } from '#libs/testing';
import type { Attack } from '../attack.js';

const bytes = (text: string) => new TextEncoder().encode(text);

/** A host that was taken over, with its own credentials on a real nats-server. */
export const bus: Attack = {
  name: 'bus',
  what: 'a host that speaks for others, reads what is not for it, or makes consumers; callers without credentials',
  async run(_ground, tries) {
    const [host, other] = [randomUUID(), randomUUID()];
    const authority = await makeBusAuthority();
    const nats = await startNats({ config: authority.serverConfig });
    const { credentials } = await mintServiceCredentials(authority.accountSeed, 'intel');
    const intel = await Bus.connect({ url: nats.url, name: 'intel', credentials, logger: silentLogger });
    let taken: TakenHost | undefined;
    try {
      const admin = new StreamAdmin(intel);
      await admin.ensureStreams();
      for (const id of [host, other]) await admin.ensureHostConsumers(id);
      const minted = await mintHostCredentials(authority.accountSeed, host);
      taken = await TakenHost.dial(nats.url, minted.credentials, inboxOf(host));
      for (const subject of forbiddenToSay(host, other)) {
        tries.say(`says ${subject}`, await taken.mayNotSay(subject));
      }
      for (const subject of forbiddenToHear(host, other)) {
        tries.say(`hears ${subject}`, await taken.mayNotHear(subject));
      }
      tries.say('its own heartbeat is let through', !(await taken.mayNotSay(`vman.hb.${host}`)));
      const expired = await mintHostCredentials(authority.accountSeed, host, Date.now() - 60_000);
      const forged = await mintHostCredentials((await makeBusAuthority()).accountSeed, host);
      for (const [what, creds] of [
        ['expired credentials', expired.credentials],
        ['credentials of another authority', forged.credentials],
        ['no credentials', undefined],
      ] as const) {
        tries.say(what, await isShutOut(nats.url, creds));
      }
    } finally {
      await taken?.close();
      await intel.close();
      await nats.remove();
    }
  },
};

function forbiddenToSay(host: string, other: string): string[] {
  return [
    `vman.evt.${other}.vm`,
    `vman.hb.${other}`,
    `vman.desired.${host}.x`,
    `vman.desired.${other}.x`,
    `vman.cmd.${host}.reset`,
    `vman.cmd.${other}.reset`,
    'vman.beacon.observer',
    `vman.rpc.${other}.guest`,
    `vman.stream.${other}.s.out`,
    `vman.stream.${host}.s.in`,
    `${inboxOf(other)}.x`,
    '_INBOX.x',
    ...[DESIRED_STREAM, COMMANDS_STREAM, EVENTS_STREAM].flatMap((stream) => [
      `$JS.API.CONSUMER.CREATE.${stream}`,
      `$JS.API.CONSUMER.CREATE.${stream}.mine`,
      `$JS.API.CONSUMER.DURABLE.CREATE.${stream}.mine`,
      `$JS.API.CONSUMER.DELETE.${stream}.${hostConsumer(host)}`,
      `$JS.API.CONSUMER.MSG.NEXT.${stream}.${hostConsumer(other)}`,
      `$JS.ACK.${stream}.${hostConsumer(other)}.1.1.1.1.0`,
      `$JS.API.STREAM.MSG.GET.${stream}`,
      `$JS.API.DIRECT.GET.${stream}`,
      `$JS.API.STREAM.PURGE.${stream}`,
      `$JS.API.STREAM.UPDATE.${stream}`,
      `$JS.API.STREAM.DELETE.${stream}`,
      `$JS.API.STREAM.SNAPSHOT.${stream}`,
    ]),
    '$JS.API.STREAM.CREATE.X',
    '$JS.API.STREAM.NAMES',
    '$JS.API.INFO',
    '$SYS.REQ.SERVER.PING',
    '$SYS.ACCOUNT.x',
  ];
}

const forbiddenToHear = (host: string, other: string): string[] => [
  '>',
  'vman.>',
  'vman.desired.*.*',
  'vman.hb.*',
  `vman.evt.${host}.vm`,
  `vman.evt.${other}.vm`,
  `vman.cmd.${other}.*`,
  `vman.rpc.${other}.*`,
  'vman.rpc.intel.*',
  `vman.stream.${other}.>`,
  `vman.stream.${host}.*.out`,
  `${inboxOf(other)}.>`,
  '_INBOX.>',
  '$JS.EVENT.ADVISORY.>',
  '$SYS.>',
];

/** The server answers what it refuses on the connection, before the next round trip. */
class TakenHost {
  private refused = false;

  private constructor(private readonly connection: NatsConnection) {}

  static async dial(url: string, credentials: string, inboxPrefix: string): Promise<TakenHost> {
    const authenticator = credsAuthenticator(bytes(credentials));
    const host = new TakenHost(await connect({ servers: url, authenticator, inboxPrefix }));
    void host.listen();
    return host;
  }

  async mayNotSay(subject: string): Promise<boolean> {
    this.refused = false;
    this.connection.publish(subject, bytes('x'));
    return this.wasRefused();
  }

  async mayNotHear(subject: string): Promise<boolean> {
    this.refused = false;
    const subscription = this.connection.subscribe(subject, {
      callback: (error) => {
        if (error) this.refused = true;
      },
    });
    const refused = await this.wasRefused();
    subscription.unsubscribe();
    return refused;
  }

  close(): Promise<void> {
    return this.connection.close();
  }

  private async listen(): Promise<void> {
    for await (const status of this.connection.status()) if (status.type === 'error') this.refused = true;
  }

  private async wasRefused(): Promise<boolean> {
    await this.connection.flush();
    await this.connection.flush();
    return this.refused;
  }
}

async function isShutOut(url: string, credentials: string | undefined): Promise<boolean> {
  const authenticator =
    credentials === undefined ? {} : { authenticator: credsAuthenticator(bytes(credentials)) };
  try {
    const connection = await connect({ servers: url, reconnect: false, ...authenticator });
    await connection.close();
    return false;
  } catch {
    return true;
  }
}
