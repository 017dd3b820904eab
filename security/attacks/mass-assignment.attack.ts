import { randomUUID } from 'node:crypto';
import type { ProblemView } from '#libs/contracts/http';
import type { Attack } from '../attack.js';
import { describedRoutes, pathWith } from '../ground/described-routes.js';

const INNER = {
  hostId: randomUUID(),
  generation: 99,
  pid: 1,
  isAdmin: true,
  createdAt: '2020-01-01T00:00:00Z',
};

/** Fields that only the inside writes: each must be named in the refusal, whatever else is wrong. */
export const massAssignment: Attack = {
  name: 'mass-assignment',
  what: 'fields that are not of the request, in every route that takes fields',
  async run(ground, tries) {
    for (const route of (await describedRoutes(ground)).filter((it) => it.takesFields)) {
      const path = pathWith(route, ground.vm.id);
      const reply = await ground.sendAsAdmin(route.method, path, INNER);
      const fields = fieldsOf(reply.text);
      const unnamed = Object.keys(INNER).filter((field) => !fields.includes(field));
      const held = reply.status === 400 && unnamed.length === 0;
      tries.say(`${route.method} ${route.path}`, held, [reply.status, unnamed]);
    }
    for (const poison of ['"__proto__":{"isAdmin":true}', '"constructor":{"prototype":{"isAdmin":true}}']) {
      const body = `{"name":"polluted","memoryMiB":32,${poison}}`;
      const polluted = await ground.send({
        method: 'POST',
        path: '/v1/vms',
        token: ground.callers.admin,
        body,
      });
      tries.say(poison, polluted.status === 400, polluted.status);
    }
  },
};

function fieldsOf(text: string): string[] {
  try {
    return ((JSON.parse(text) as ProblemView).errors ?? []).map((it) => it.field);
  } catch {
    return [];
  }
}
