import { randomUUID } from 'node:crypto';
import type { Attack } from '../attack.js';
import { type DescribedRoute, describedRoutes, pathWith } from '../ground/described-routes.js';
import { codeOf, type Ground } from '../ground/ground.js';
import type { RawReply } from '../ground/send-raw.js';

const TOKENS = ['', 'vman_x', 'null', `vman_${'a'.repeat(43)}`, 'eyJhbGciOiJub25lIn0.eyJzdWIiOiJyb290In0.'];

/** Asks, and changes nothing: a viewer may. */
const QUESTIONS = ['/v1/vms/{id}/guest/ping'];

/** Every route x nobody, a viewer and an admin of another project, with an id that is there and one that is not. */
export const authorisation: Attack = {
  name: 'authorisation',
  what: 'every route as nobody, as a viewer, and as somebody of another project',
  async run(ground, tries) {
    const routes = await describedRoutes(ground);
    const absent = randomUUID();
    for (const route of routes) {
      const path = pathWith(route, absent);
      const body = route.takesFields ? { body: '{}' } : {};
      const { method } = route;
      const open = await ground.send({ method, path, ...body });
      tries.say(`${method} ${path} as nobody`, open.status === 401, open.status);
      for (const token of TOKENS.slice(0, route === routes[0] ? TOKENS.length : 2)) {
        const forged = await ground.send({ method, path, token, ...body });
        tries.say(`${method} ${path} with a made-up token`, forged.status === 401, forged.status);
      }
      if (method === 'GET' || QUESTIONS.includes(route.path)) continue;
      const seen = await ground.send({ method, path, token: ground.callers.viewer, ...body });
      tries.say(`${method} ${path} as a viewer`, seen.status === 403, [seen.status, codeOf(seen)]);
    }
    const before = await ground.stack.api.vm(ground.vm.id);
    const owned = await ownedIds(ground);
    for (const route of routes) {
      const id = owned.find(({ prefix }) => route.path.startsWith(`${prefix}/{`))?.id;
      if (id === undefined || id === '') continue;
      const [theirs, none] = [await asForeigner(ground, route, id), await asForeigner(ground, route, absent)];
      const alike = theirs.status === none.status && codeOf(theirs) === codeOf(none);
      tries.say(
        `${route.method} ${route.path} of another project`,
        theirs.status >= 400 && alike && !theirs.text.includes(ground.vm.name),
        [theirs.status, codeOf(theirs), none.status, codeOf(none)],
      );
    }
    const after = await ground.stack.api.vm(ground.vm.id);
    tries.say('the VM was not changed', after.generation === before.generation, after.generation);
  },
};

async function ownedIds(ground: Ground): Promise<{ prefix: string; id: string }[]> {
  const { vm, network } = ground;
  const operations = await ground.stack.api.operationsOf(vm.id);
  return [
    { prefix: '/v1/vms', id: vm.id },
    { prefix: '/v1/disks', id: vm.spec.disks[0]?.id ?? '' },
    { prefix: '/v1/networks', id: network.id },
    { prefix: '/v1/port-forwards', id: vm.status.portForwards[0]?.id ?? '' },
    { prefix: '/v1/operations', id: operations[0]?.id ?? '' },
  ];
}

function asForeigner(ground: Ground, route: DescribedRoute, id: string): Promise<RawReply> {
  const body = route.takesFields ? { body: '{}' } : {};
  const { method } = route;
  return ground.send({ method, path: pathWith(route, id), token: ground.callers.foreign, ...body });
}
