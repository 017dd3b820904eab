/**
 * One way for all resources to refuse a change by somebody who has not seen the last one. A route names the resource
 * that its path leads to; its answers then carry the ETag of what they show, and `If-Match` is compared within the
 * transaction of the change, while the row is held: of two that have seen the same, one is refused.
 *
 * An ETag stands for what can be changed of a resource, not for what is merely observed: a heartbeat refuses nobody.
 */
import { createHash } from 'node:crypto';
import { applyDecorators, SetMetadata } from '@nestjs/common';
import { ApiExtension } from '@nestjs/swagger';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { VmanError } from '#libs/errors';
import type { HeldRow, Tx } from '../db-operator/index.js';
import type { Caller } from './caller.js';
import { DRY_RUN_TYPE } from './dry-run.js';
import { invalidInput } from './validation.pipe.js';

interface Identified {
  id: string;
}

/** How the versions of one kind of resource are told apart. */
export interface Version<V extends Identified> {
  /** Its word: the field of a change's answer that holds it. */
  noun: string;
  /** As the caller sees it; throws not_found. */
  read(tx: Tx, caller: Caller, idOrName: string): Promise<V>;
  /** The rows that each change of it holds, in the order in which changes take them. */
  rows(view: V): readonly HeldRow[];
  /** What of it counts: a generation, or all that is no mere observation. */
  counts(view: V): unknown;
}

type AnyVersion = Version<Identified>;

/** `undefined`: the resource of the path is not what the route changes. */
interface Declared {
  version?: AnyVersion;
  answer?: AnyVersion;
}

export const VERSION = Symbol('version');

/** The route reads or changes this resource; `answer`: its answer shows another one. */
export function Versioned<V extends Identified, A extends Identified>(
  version: Version<V>,
  answer?: Version<A>,
): MethodDecorator {
  const declared: Declared = {
    version: version as unknown as AnyVersion,
    answer: (answer ?? version) as unknown as AnyVersion,
  };
  return applyDecorators(SetMetadata(VERSION, declared), ApiExtension('x-version', version.noun));
}

/** The route has nothing to compare `If-Match` with. The reason is for those who read it. */
export const Unversioned = (_reason: string): MethodDecorator & ClassDecorator =>
  SetMetadata(VERSION, {} satisfies Declared);

type VersionedRequest = FastifyRequest & { versioned?: Declared };

/** What `If-Match` asks for. Notes what the answer is a version of. A route that would not look at it refuses it. */
export function preconditionOf(
  request: VersionedRequest,
  caller: Caller,
  declared: Declared | undefined,
): Caller['precondition'] {
  request.versioned = declared;
  const ifMatch = request.headers['if-match'];
  if (ifMatch === undefined || request.method === 'GET') return undefined;
  const { id } = (request.params ?? {}) as { id?: string };
  const version = declared?.version;
  if (version && id !== undefined) return (tx) => compare(tx, caller, { version, id, ifMatch });
  throw invalidInput([{ field: 'If-Match', code: 'unsupported', message: 'has nothing to match here' }]);
}

/** What was compared stays as it is until the transaction ends. */
async function compare(
  tx: Tx,
  caller: Caller,
  { version, id, ifMatch }: { version: AnyVersion; id: string; ifMatch: string },
): Promise<void> {
  const seen = await version.read(tx, caller, id);
  await tx.hold(version.rows(seen));
  const etag = etagOf(version, await version.read(tx, caller, seen.id));
  if (matches(ifMatch, etag)) return;
  throw new VmanError('precondition_failed', `The present ETag is ${etag}.`, { etag });
}

export function matches(ifMatch: string, etag: string): boolean {
  const wanted = ifMatch.split(',').map((it) => it.trim());
  return wanted.includes('*') || wanted.includes(etag);
}

/** The same for the same content, whatever the order of its fields. */
export function etagOf<V extends Identified>(version: Pick<Version<V>, 'counts'>, view: V): string {
  const counted = version.counts(view);
  if (typeof counted === 'number') return `"g${counted}"`;
  return `"${createHash('sha256').update(canonical(counted)).digest('base64url').slice(0, 22)}"`;
}

const canonical = (value: unknown) =>
  JSON.stringify(value, (_key, it: unknown) =>
    it !== null && typeof it === 'object' && !Array.isArray(it)
      ? Object.fromEntries(Object.entries(it).sort(([a], [b]) => (a < b ? -1 : 1)))
      : it,
  );

/** Every answer that shows a resource has its ETag. */
export function addETags(fastify: FastifyInstance): void {
  fastify.addHook('preSerialization', async (request, reply, payload) => {
    const { answer } = (request as VersionedRequest).versioned ?? {};
    const isTrial = String(reply.getHeader('content-type') ?? '').startsWith(DRY_RUN_TYPE);
    const shown = answer && !isTrial && reply.statusCode < 300 ? shownOf(answer, payload) : undefined;
    if (answer && shown) void reply.header('etag', etagOf(answer, shown));
    return payload;
  });
}

/** The resource itself, or the field of a change's answer that holds it. */
function shownOf({ noun }: AnyVersion, payload: unknown): Identified | undefined {
  if (typeof payload !== 'object' || payload === null) return undefined;
  const { [noun]: inner, operation, id } = payload as Record<string, unknown>;
  if (inner !== undefined && id === undefined) return inner as Identified;
  return id === undefined || operation !== undefined ? undefined : (payload as Identified);
}
