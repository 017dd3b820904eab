import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Ground } from '../ground/ground.js';
import type { Violation } from '../violation.js';

/** I11: the API token and the password of the database, in what the services logged. */
export function leakedSecrets({ stack }: Ground): Violation[] {
  const secrets = [
    { name: 'the API token', value: readFileSync(join(stack.folder, 'token'), 'utf8').trim() },
    { name: 'the password of the database', value: new URL(stack.database.url).password },
  ];
  const logs = join(stack.folder, 'logs');
  return readdirSync(logs).flatMap((log) => {
    const text = readFileSync(join(logs, log), 'utf8');
    return secrets
      .filter(({ value }) => value !== '' && text.includes(value))
      .map(({ name }): Violation => ({ invariant: 'I11', what: `${name} is in the log of ${log}` }));
  });
}
