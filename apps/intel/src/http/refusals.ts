/**
 * What was asked to be changed and was not is in the audit too: a forbidden start says as much about its caller as a
 * start. Requests that are merely malformed, too many or too early are not.
 */
import { Inject, Injectable, Logger } from '@nestjs/common';
import { RESOURCE_KINDS, type ResourceKind } from '#libs/contracts/http';
import type { ErrorCode, VmanError } from '#libs/errors';
import { Database } from '../db-operator/index.js';
import type { Caller } from './caller.js';

const TOLD: readonly ErrorCode[] = [
  'forbidden',
  'not_found',
  'already_exists',
  'protected',
  'resource_in_use',
  'quota_exceeded',
  'invalid_state',
  'precondition_failed',
  'address_in_use',
  'placement_failed',
];

const UUID = /^[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}$/i;

export interface RefusedRequest {
  method: string;
  /** The pattern of its path. */
  route: string;
  /** What it named in its path. */
  id: string | undefined;
}

@Injectable()
export class Refusals {
  private readonly logger = new Logger(Refusals.name);

  constructor(@Inject(Database) private readonly database: Database) {}

  async note(caller: Caller, request: RefusedRequest, error: VmanError): Promise<void> {
    // What was only tried leaves nothing behind.
    if (request.method === 'GET' || caller.rehearsal || !TOLD.includes(error.code)) return;
    const { name: actor, tokenId, address, project, requestId } = caller;
    const row = { actor, tokenId, auth: 'token' as const, address, project, requestId, operationId: null };
    const what = refusedVerb(request);
    try {
      await this.database.read((tx) => tx.audit.append({ ...row, ...what, refusedCode: error.code }));
    } catch (cause) {
      this.logger.warn({ err: cause, ...what }, 'a refusal could not be written into the audit');
    }
  }
}

/** `vm.start` for POST /v1/vms/:id/start, `disk.delete` for DELETE /v1/disks/:id. */
export function refusedVerb({ method, route, id }: RefusedRequest): {
  verb: string;
  resourceKind: ResourceKind | null;
  resourceId: string | null;
} {
  const [noun = '', ...rest] = route
    .split('/')
    .filter((word) => !['', 'v1'].includes(word) && word[0] !== ':');
  const singular = noun.replace(/(?<=ss)es$|s$/, '');
  const deed = { POST: 'create', PATCH: 'update', PUT: 'write', DELETE: 'delete' }[method] ?? method;
  const words = method === 'POST' && rest.length > 0 ? rest : [...rest, deed];
  return {
    verb: [singular, ...words].join('.'),
    resourceKind: RESOURCE_KINDS.find((kind) => kind === singular) ?? null,
    resourceId: id !== undefined && UUID.test(id) ? id : null,
  };
}
