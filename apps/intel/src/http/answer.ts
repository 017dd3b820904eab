import type { FastifyReply } from 'fastify';
import type { OperationView } from '#libs/contracts/http';
import { addToRequest } from '#libs/logging';

/** What a change is answered with; it can be stored and given again. */
export interface Answer {
  status: number;
  headers: Record<string, string>;
  body: unknown;
}

export function send(reply: FastifyReply, answer: Answer): void {
  const { status, headers, body } = answer;
  const operation = operationIn(body);
  if (operation) addToRequest(reply.request.raw, idsOf(operation));
  // What is stored of an answer without a body is null.
  void reply
    .status(status)
    .headers(headers)
    .send(status === 204 ? undefined : body);
}

type Named = Pick<OperationView, 'id' | 'resources'>;

/** The body itself, or beside what was made. */
function operationIn(body: unknown): Named | undefined {
  if (typeof body !== 'object' || body === null) return undefined;
  const { operation = body } = body as { operation?: unknown };
  return typeof operation === 'object' && operation !== null && 'id' in operation && 'resources' in operation
    ? (operation as Named)
    : undefined;
}

/** So that the line of a request is found by what it set in motion. */
function idsOf({ id, resources }: Named) {
  const of = (kind: 'vm' | 'host') => resources.find((it) => it.kind === kind)?.id;
  const [vmId, hostId] = [of('vm'), of('host')];
  return { operationId: id, ...(vmId && { vmId }), ...(hostId && { hostId }) };
}
