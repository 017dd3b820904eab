import type { Attack } from '../attack.js';
import { codeOf, type Ground } from '../ground/ground.js';

const EVIL = 'https://evil.example';
/** Nothing of this belongs into an answer. */
const INSIDE = /\bat .+\.(js|ts):\d+|node_modules|\/dist\/|SELECT |INSERT |postgres:|relation "/;
const ODD = [
  '/v1/vms?cursor=%00',
  '/v1/vms?cursor=eyJ4IjoxfQ',
  "/v1/vms?name=x'%20OR%201=1--",
  '/v1/vms?limit=1e9',
  '/v1/vms?limit=-1',
  '/v1/vms?label=%00',
  '/v1/vms?sort=password',
  '/v1/vms/%ff',
  '/v1/vms?name[]=a&name[]=b',
  "/v1/addresses?network=';DROP%20TABLE%20vms;--",
  '/v1/events?after=-1',
];

/** What a browser, or a page in it that somebody else made, can do; and what answers give away. */
export const web: Attack = {
  name: 'web',
  what: 'foreign origins, framing and sniffing, secrets in caches, the inside in errors',
  async run(ground, tries) {
    const { headers } = await ground.sendAsAdmin('GET', '/v1/vms');
    tries.say(
      'no policy of content',
      String(headers['content-security-policy']).includes("default-src 'none'"),
      headers,
    );
    tries.say('guessing the type of content', headers['x-content-type-options'] === 'nosniff', headers);
    tries.say('framing', /deny|sameorigin/i.test(String(headers['x-frame-options'])), headers);
    tries.say(
      'the name of the server',
      headers['x-powered-by'] === undefined && headers.server === undefined,
      headers,
    );
    const own = `http://127.0.0.1:${ground.port}`;
    for (const origin of [EVIL, 'null', 'http://127.0.0.1']) {
      const preflight = { origin, 'access-control-request-method': 'DELETE' };
      for (const [method, extra] of [
        ['GET', { origin }],
        ['OPTIONS', preflight],
      ] as const) {
        const token = method === 'GET' ? { token: ground.callers.admin } : {};
        const reply = await ground.send({ method, path: '/v1/vms', headers: extra, ...token });
        const allowed = reply.headers['access-control-allow-origin'];
        tries.say(`${method} from ${origin}`, allowed === undefined || allowed === own, allowed);
      }
    }
    const made = await ground.sendAsAdmin('POST', '/v1/tokens', { name: 'cached', role: 'viewer' });
    tries.say(
      'a token in a cache',
      made.status === 201 && made.headers['cache-control'] === 'no-store',
      made.headers,
    );
    for (const path of ODD) {
      const reply = await ground.sendAsAdmin('GET', path);
      tries.say(`GET ${path}`, reply.status < 500 && !INSIDE.test(reply.text), [
        reply.status,
        reply.text.slice(0, 200),
      ]);
    }
    await tryHost(ground, tries);
  },
};

async function tryHost(ground: Ground, tries: { say(what: string, held: boolean, seen?: unknown): void }) {
  const reply = await ground.send({
    method: 'GET',
    path: '/v1/absent',
    token: ground.callers.admin,
    headers: { host: 'evil.example' },
  });
  tries.say('a foreign host name in an answer', !reply.text.includes('evil.example'), codeOf(reply));
}
