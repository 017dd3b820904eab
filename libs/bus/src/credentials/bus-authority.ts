/**
 * Who may do what on the bus, by the NATS server's own decentralised JWTs: an operator key signs the account of
 * VMAN, the account's key signs each user. The server needs only the public part, written once into its
 * configuration; a new host needs no change of it. The account's seed stays with intel, which mints the credentials
 * of hosts with it.
 */
import { encodeAccount, encodeOperator, encodeUser, fmtCreds } from '@nats-io/jwt';
import { createAccount, createOperator, createUser, fromSeed } from '@nats-io/nkeys';
import { hostPermissions, OBSERVER_PERMISSIONS, type SubjectPermissions } from './host-permissions.js';

export interface BusAuthority {
  /** Included by the configuration of every nats-server. */
  serverConfig: string;
  /** Signs users. Secret. */
  accountSeed: string;
  /** Signs accounts; needed again only to change the account itself. Secret. */
  operatorSeed: string;
}

const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
const UNLIMITED = -1;
/** How long the answer to one question may take. */
const ANSWER_TTL_NS = 60_000_000_000;

export async function makeBusAuthority(): Promise<BusAuthority> {
  const operator = createOperator();
  const account = createAccount();
  const systemAccount = createAccount();
  const operatorJwt = await encodeOperator('vman', operator, {
    system_account: systemAccount.getPublicKey(),
  });
  const limits = {
    conn: UNLIMITED,
    leaf: UNLIMITED,
    imports: UNLIMITED,
    exports: UNLIMITED,
    subs: UNLIMITED,
    data: UNLIMITED,
    payload: UNLIMITED,
    wildcards: true,
    mem_storage: UNLIMITED,
    disk_storage: UNLIMITED,
    streams: UNLIMITED,
    consumer: UNLIMITED,
  };
  const accountJwt = await encodeAccount('VMAN', account, { limits: limits as never }, { signer: operator });
  const systemJwt = await encodeAccount('SYS', systemAccount, {}, { signer: operator });
  const serverConfig = [
    `operator: ${operatorJwt}`,
    `system_account: ${systemAccount.getPublicKey()}`,
    'resolver: MEMORY',
    'resolver_preload: {',
    `  ${account.getPublicKey()}: ${accountJwt}`,
    `  ${systemAccount.getPublicKey()}: ${systemJwt}`,
    '}',
    '',
  ].join('\n');
  return { serverConfig, accountSeed: text(account.getSeed()), operatorSeed: text(operator.getSeed()) };
}

export interface MintedCredentials {
  /** A NATS credentials file: the JWT and the seed that proves it. Secret. */
  credentials: string;
  /** The public key of the user. */
  publicKey: string;
}

/** Of the agent of one host. Throws when the seed is not that of an account. */
export function mintHostCredentials(
  accountSeed: string,
  hostId: string,
  expiresAtMs?: number,
): Promise<MintedCredentials> {
  return mint(accountSeed, `host-${hostId}`, hostPermissions(hostId), expiresAtMs);
}

/** Of intel, which owns the streams, or of the observer. */
export function mintServiceCredentials(
  accountSeed: string,
  service: 'intel' | 'observer',
): Promise<MintedCredentials> {
  const all: SubjectPermissions = { publish: ['>'], subscribe: ['>'] };
  return mint(accountSeed, service, service === 'intel' ? all : OBSERVER_PERMISSIONS, undefined);
}

async function mint(
  accountSeed: string,
  name: string,
  { publish, subscribe }: SubjectPermissions,
  expiresAtMs: number | undefined,
): Promise<MintedCredentials> {
  const account = fromSeed(new TextEncoder().encode(accountSeed));
  if (!account.getPublicKey().startsWith('A')) throw new Error('This is not the seed of an account.');
  const user = createUser();
  const jwt = await encodeUser(
    name,
    user,
    account,
    {
      pub: { allow: publish, deny: [] },
      sub: { allow: subscribe, deny: [] },
      resp: { max: 1, ttl: ANSWER_TTL_NS },
    },
    expiresAtMs === undefined ? {} : { exp: Math.floor(expiresAtMs / 1000) },
  );
  return { credentials: text(fmtCreds(jwt, user)), publicKey: user.getPublicKey() };
}
