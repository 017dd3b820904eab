import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { ProblemView, TemplateChangeView } from '#libs/contracts/http';
import { IntelUnderTest } from '../../test/intel/intel-under-test.js';
import type { Attack } from '../attack.js';

const INNER = [
  'http://127.0.0.2/x',
  'http://2130706434/x',
  'http://0x7f000002/x',
  'http://0177.0.0.2/x',
  'http://0.0.0.0/x',
  'http://[::1]/x',
  'http://[::]/x',
  'http://[::ffff:127.0.0.2]/x',
  'http://[64:ff9b::7f00:2]/x',
  'http://169.254.169.254/latest/meta-data',
  'http://10.0.0.1/x',
  'http://172.16.0.1/x',
  'http://192.168.0.1/x',
  'http://100.64.0.1/x',
  'http://[fd00::1]/x',
  'http://[fe80::1]/x',
  'http://inner.test/x',
  'http://mixed.test/x',
  'http://localhost/x',
  'file:///etc/passwd',
  'ftp://images.test/x',
  'gopher://127.0.0.1:4222/_PUB',
  'http://user:secret@images.test/x',
];

/** The only attack with an intel in this process: its names are resolved by an attacker. */
export const sourceUrls: Attack = {
  name: 'source-urls',
  what: 'images from URLs that lead inside, by spelling, redirect and a resolver that changes its mind',
  async run(_ground, tries) {
    const asked: string[] = [];
    const inside = createServer((request, response) => {
      asked.push(`${request.headers.host}${request.url}`);
      response.writeHead(200).end('inner secret');
    });
    await once(inside.listen(0, '127.0.0.3'), 'listening');
    const port = (inside.address() as AddressInfo).port;
    const outside = createServer((request, response) => {
      response.writeHead(302, { location: decodeURIComponent(request.url?.slice(1) ?? '') }).end();
    });
    await once(outside.listen(0, '127.0.0.1'), 'listening');
    const outsidePort = (outside.address() as AddressInfo).port;
    const questions = new Map<string, number>();
    const resolve = async (host: string): Promise<string[]> => {
      const count = (questions.get(host) ?? 0) + 1;
      questions.set(host, count);
      if (host === 'inner.test' || host === 'localhost') return ['127.0.0.3'];
      if (host === 'mixed.test') return ['93.184.216.34', '127.0.0.3'];
      // The first answer is one that may be used; whoever asks again gets another.
      if (host === 'rebound.test') return [count === 1 ? '127.0.0.1' : '127.0.0.3'];
      return [];
    };
    const env = { VMAN_IMPORT_URL: 'http', VMAN_IMPORT_URL_ALLOW: '127.0.0.1/32' };
    const intel = await IntelUnderTest.start(env, { resolve });
    let count = 0;
    const fetchFrom = async (url: string) => {
      count += 1;
      const source = { type: 'url', url };
      const body = { name: `u${count}`, format: 'raw', source, sha256: 'a'.repeat(64) };
      const wait = { headers: { prefer: 'wait=20' } };
      return intel.request<TemplateChangeView & ProblemView>('POST', '/v1/templates', body, wait);
    };
    try {
      for (const url of INNER) {
        const { status, body } = await fetchFrom(url);
        const code = status === 201 ? body.operation.error?.code : body.code;
        tries.say(url, code === 'source_refused' || code === 'invalid_input', [status, code]);
      }
      for (const url of [
        `http://127.0.0.3:${port}/`,
        'http://169.254.169.254/',
        'file:///etc/passwd',
        `http://inner.test:${port}/`,
      ]) {
        const { body } = await fetchFrom(`http://127.0.0.1:${outsidePort}/${encodeURIComponent(url)}`);
        tries.say(
          `a redirect to ${url}`,
          body.operation?.error?.code === 'source_refused',
          body.operation?.error,
        );
      }
      const { body } = await fetchFrom(`http://rebound.test:${port}/rebound`);
      tries.say(
        'a name that changes between judgement and use',
        body.operation?.status === 'failed',
        body.operation,
      );
      tries.say('nothing inside was asked', asked.length === 0, asked);
    } finally {
      await intel.end();
      inside.close();
      outside.close();
    }
  },
};
