/** Which statements a request has caused: by the request's id, which its whole way carries. Import it before all else. */
import { Client } from 'pg';
import { currentContext } from '#libs/logging';

export interface Statement {
  text: string;
  values: unknown[];
}

const statements = new Map<string, Statement[]>();
const plain = Client.prototype.query as (this: Client, ...all: unknown[]) => unknown;

/** Connections keep what they find here when they are first loaded. */
Client.prototype.query = function (this: Client, ...args: unknown[]) {
  const { requestId } = currentContext();
  const [query, values = []] = args as [string | Statement, unknown[]?];
  const statement = typeof query === 'string' ? { text: query, values } : { ...query };
  if (requestId) statements.set(requestId, [...(statements.get(requestId) ?? []), statement]);
  return plain.apply(this, args);
} as typeof Client.prototype.query;

export function statementsOf(requestId: string): Statement[] {
  const seen = statements.get(requestId) ?? [];
  statements.delete(requestId);
  return seen;
}
