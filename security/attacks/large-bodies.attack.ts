import type { Attack } from '../attack.js';
import { codeOf } from '../ground/ground.js';

const MIB = 1024 * 1024;
const BODIES: { what: string; body: string; type?: string; status: number }[] = [
  { what: 'two MiB', body: JSON.stringify({ name: 'x'.repeat(2 * MIB) }), status: 413 },
  {
    what: 'lists in lists',
    body: `{"name":"deep","labels":${'['.repeat(50_000)}${']'.repeat(50_000)}}`,
    status: 400,
  },
  { what: 'half a document', body: '{"name":', status: 400 },
  { what: 'not a document', body: 'null', status: 400 },
  { what: 'a list', body: '[]', status: 400 },
  { what: 'a form', body: 'name=x', type: 'application/x-www-form-urlencoded', status: 415 },
  {
    what: 'XML',
    body: '<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><x>&e;</x>',
    type: 'text/xml',
    status: 415,
  },
  { what: 'a NUL in a label', body: '{"name":"nul","memoryMiB":32,"labels":{"a":"\\u0000"}}', status: 400 },
  {
    what: 'labels without end',
    body: JSON.stringify({ name: 'many', memoryMiB: 32, labels: manyLabels() }),
    status: 400,
  },
  { what: 'a number beyond all', body: '{"name":"big","memoryMiB":1e308}', status: 400 },
];

/** Bodies that cost more than they may, and bodies that are none. */
export const largeBodies: Attack = {
  name: 'bodies',
  what: 'bodies without end, without form or of another kind',
  async run(ground, tries) {
    const base = { method: 'POST', path: '/v1/vms', token: ground.callers.admin };
    for (const { what, body, type, status } of BODIES) {
      const headers: Record<string, string> = type ? { 'content-type': type } : {};
      const reply = await ground.send({ ...base, body, headers }).catch((error: Error) => error);
      // A server that hangs up on a body that is too large has refused it as well.
      if (reply instanceof Error) tries.say(what, status === 413, reply.message);
      else tries.say(what, reply.status === status, [reply.status, codeOf(reply)]);
    }
    const long = await ground
      .send({ method: 'GET', path: `/v1/vms?name=${'a'.repeat(200_000)}` })
      .catch(() => undefined);
    tries.say(
      'a path without end',
      long === undefined || (long.status >= 400 && long.status < 500),
      long?.status,
    );
    const alive = await ground.sendAsAdmin('GET', '/v1/vms');
    tries.say('the API still answers', alive.status === 200, alive.status);
  },
};

function manyLabels(): Record<string, string> {
  return Object.fromEntries(Array.from({ length: 10_000 }, (_, index) => [`l${index}`, 'x']));
}
