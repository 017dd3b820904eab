import type { IncomingMessage } from 'node:http';
import type { FieldFault, Host, Operation, Template, Token, Vm } from '#libs/client';
import { ERROR_CODES, type ErrorCode } from '#libs/errors';
import { aHost, anOperation, aTemplate, aToken, aVm } from './builders.js';
import {
  aBackup,
  aDisk,
  aDrift,
  aNetwork,
  anAddress,
  anAuditRow,
  anEvent,
  aPause,
  aPool,
  aPortForward,
  aProject,
  aQuota,
  aRepair,
  aSnapshot,
  aStrayDisk,
  aStrayVm,
} from './more-builders.js';

export const TOKEN = 'test-token';

/** One request as it came in. */
export interface Seen {
  method: string;
  url: string;
  headers: IncomingMessage['headers'];
  body: unknown;
}

export interface Reply {
  status: number;
  headers?: Record<string, string>;
  body?: unknown;
  /** Instead of a body: plain text. */
  text?: string;
}

/** What the fake API holds. */
export class FakeState {
  vms: Vm[] = [aVm(1, 'hello'), aVm(2, 'web-1', { labels: {} })];
  operations: Operation[] = [];
  hosts: Host[] = [aHost(1, 'alpha')];
  templates: Template[] = [aTemplate(1, 'debian')];
  tokens: Token[] = [aToken(1, 'ci')];
  /** Lists that are only read, by the word of their address. */
  readonly lists: Record<string, { id: string | number; name?: string }[]> = {
    disks: [aDisk()],
    'stray-disks': [aStrayDisk()],
    'stray-vms': [aStrayVm()],
    pools: [aPool()],
    networks: [aNetwork()],
    addresses: [anAddress()],
    'port-forwards': [aPortForward()],
    snapshots: [aSnapshot()],
    backups: [aBackup()],
    drifts: [aDrift()],
    repairs: [aRepair()],
    'repair-pauses': [aPause({ kind: 'host', id: 'h', name: 'alpha' }), aPause({ kind: 'fleet' })],
    events: [anEvent(2, { type: 'operation.failed', old: undefined, new: undefined }), anEvent(1)],
    projects: [aProject()],
    quotas: [aQuota()],
    audit: [anAuditRow(2), anAuditRow(1, { outcome: 'refused', code: 'forbidden', resource: undefined })],
  };
  health: Reply = {
    status: 200,
    body: { status: 'ok', details: { database: { status: 'up', message: 'answers' } } },
  };
  version = '0.1.0';
  /** How each new operation ends. */
  outcome: Partial<Operation> = { status: 'succeeded' };

  /** A new operation on a resource, of which the test decides how it ends. */
  begin(kind: Operation['kind'], resource: { id: string; name: string }): Operation {
    const operation = anOperation(this.operations.length + 1, {
      kind,
      resources: [{ kind: kind.startsWith('vm') ? 'vm' : 'template', id: resource.id, name: resource.name }],
    });
    this.operations.unshift(operation);
    return operation;
  }
}

/** An answer as problem+json. */
export function problem(code: ErrorCode, detail: string, errors?: FieldFault[]): Reply {
  const { status, title, retryable, hint } = ERROR_CODES[code];
  const body = { type: `urn:vman:error:${code}`, title, status, detail, code, retryable, hint, errors };
  return { status, body: { ...body, requestId: 'request-1' } };
}
