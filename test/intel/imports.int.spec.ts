import { createHash, randomBytes } from 'node:crypto';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type {
  OperationView,
  ProblemView,
  TemplateChangeView,
  TemplateView,
  VmChangeView,
} from '#libs/contracts/http';
import { waitFor } from '#libs/testing';
import { type HostileImage, hostileImages } from '../images/hostile-images.js';
import { soundQcow2 } from '../images/qcow2-builder.js';
import { IntelUnderTest, type Reply } from './intel-under-test.js';
import { ScriptedOperator } from './scripted-operator.js';

const MIB = 1024 * 1024;
const sha256 = (content: Buffer) => createHash('sha256').update(content).digest('hex');
let intel: IntelUnderTest;
let operator: ScriptedOperator;
let source: Server;
let sourcePort: number;
/** What the source answers; set by each test. */
let answer: (request: IncomingMessage, response: ServerResponse) => void;
/** What names resolve to, one answer after the other; the last one stays. */
const names = new Map<string, string[][]>();
let count = 0;

const resolve = async (host: string) => {
  const answers = names.get(host) ?? [];
  return (answers.length > 1 ? answers.shift() : answers[0]) ?? [];
};

beforeAll(async () => {
  source = createServer((req, res) => answer(req, res));
  await new Promise<void>((done) => source.listen(0, '127.0.0.1', done));
  sourcePort = (source.address() as AddressInfo).port;
  intel = await IntelUnderTest.start(
    { VMAN_IMPORT_URL: 'http', VMAN_IMPORT_URL_ALLOW: '127.0.0.1/32', VMAN_IMPORT_MAX_GIB: '1' },
    { resolve },
  );
  operator = await ScriptedOperator.start(intel.nats.url);
  operator.startBeating();
  await waitFor(async () => (await intel.request('GET', '/v1/hosts/host-1')).status === 200, {
    what: 'a host is there',
  });
}, 60_000);

beforeEach(() => {
  names.clear();
  answer = (_req, res) => res.writeHead(404).end();
});

afterAll(async () => {
  await operator?.stop();
  await intel?.end();
  source.closeAllConnections();
  source.close();
});

const stored = () => readdirSync(join(intel.folder, 'images')).sort();

async function announce(more: object = {}): Promise<TemplateView> {
  count += 1;
  const body = { name: `t${count}`, format: 'qcow2', source: { type: 'upload' }, ...more };
  const reply = await intel.request<TemplateChangeView>('POST', '/v1/templates', body);
  if (reply.status !== 201) throw new Error(JSON.stringify(reply.body));
  return reply.body.template;
}

async function put(
  id: string,
  content: Buffer,
  headers: Record<string, string> = {},
): Promise<Reply<TemplateView & ProblemView>> {
  const response = await fetch(`http://127.0.0.1:${intel.port}/v1/templates/${id}/content`, {
    method: 'PUT',
    headers: {
      authorization: `Bearer ${intel.token}`,
      'content-type': 'application/octet-stream',
      ...headers,
    },
    body: new Uint8Array(content),
  });
  return {
    status: response.status,
    headers: response.headers,
    body: (await response.json()) as TemplateView & ProblemView,
  };
}

async function fromUrl(url: string, more: object = {}) {
  count += 1;
  const body = {
    name: `t${count}`,
    format: 'qcow2',
    source: { type: 'url', url },
    sha256: 'a'.repeat(64),
    ...more,
  };
  return intel.request<TemplateChangeView & ProblemView>('POST', '/v1/templates', body, {
    headers: { prefer: 'wait=20' },
  });
}

const forget = (name: string) => intel.request('DELETE', `/v1/templates/${name}`);

/** Distinct images that are sound. */
function fresh(): Buffer {
  const image = soundQcow2();
  image.write(randomBytes(16).toString('hex'), image.length - 100);
  return image;
}

describe('an upload', () => {
  it('becomes a template under the digest of its content', async () => {
    const image = fresh();
    const template = await announce({ sha256: sha256(image) });
    expect(template).toMatchObject({ state: 'importing', source: 'upload' });
    const { status, body } = await put(template.id, image);
    expect([status, body.state, body.sha256]).toEqual([200, 'ready', sha256(image)]);
    expect(stored()).toContain(sha256(image));
    expect((await put(template.id, image)).body.code).toBe('invalid_state');
    await forget(template.name);
    expect(stored()).not.toContain(sha256(image));
  });

  it('of another digest than announced, too large, or of nothing fails and leaves nothing', async () => {
    const before = stored();
    const other = await announce({ sha256: 'a'.repeat(64) });
    expect((await put(other.id, fresh())).body.code).toBe('image_rejected');
    const empty = await announce();
    expect((await put(empty.id, Buffer.alloc(0))).body.code).toBe('image_rejected');
    const large = await announce({ format: 'raw' });
    const claims = await sendPart(large.id, Buffer.alloc(MIB), 2 ** 31);
    expect(claims.code).toBe('image_rejected');
    for (const { id } of [other, empty, large]) {
      expect((await intel.request<TemplateView>('GET', `/v1/templates/${id}`)).body.state).toBe('failed');
      await forget(id);
    }
    expect(stored()).toEqual(before);
  });

  it('that breaks off fails at once, with its operation, and leaves nothing', async () => {
    const before = stored();
    const template = await announce();
    await sendPart(template.id, fresh().subarray(0, 200_000), 400_000, 'break');
    const failed = await waitFor(
      async () => {
        const { body } = await intel.request<TemplateView>('GET', `/v1/templates/${template.id}`);
        return body.state === 'failed' && body;
      },
      { what: 'the upload is given up' },
    );
    expect(failed).toMatchObject({ error: { code: 'upload_interrupted' } });
    expect(stored()).toEqual(before);
    await forget(template.id);
  });

  it('needs the permission, a template that waits for it, and bytes', async () => {
    const template = await announce();
    expect((await put(template.id, fresh(), { authorization: 'Bearer x' })).status).toBe(401);
    expect((await put(template.id, fresh(), { 'content-type': 'text/plain' })).status).toBe(415);
    const ticketless = await fetch(
      `http://127.0.0.1:${intel.port}/internal/templates/${template.id}/content`,
      {
        method: 'PUT',
        headers: { authorization: `Bearer ${intel.token}`, 'content-type': 'application/octet-stream' },
        body: 'x',
      },
    );
    expect(ticketless.status).toBe(401);
    expect((await forget(template.name)).status).toBe(204);
    expect((await put(template.id, fresh())).status).toBe(404);
  });
});

describe('an import that somebody cancels', () => {
  const cancel = (id: string) => intel.request<OperationView>('POST', `/v1/operations/${id}/cancel`);

  it('fetches no more, leaves nothing, and can be deleted', async () => {
    const before = stored();
    let gone = false;
    answer = (_req, res) => {
      res.writeHead(200, { 'content-type': 'application/octet-stream' });
      const image = fresh();
      res.write(image.subarray(0, 100_000));
      const more = setInterval(() => res.write(Buffer.alloc(1000)), 20);
      res.on('close', () => {
        clearInterval(more);
        gone = true;
      });
    };
    names.set('endless.example', [['127.0.0.1']]);
    const source = { type: 'url', url: `http://endless.example:${sourcePort}/image` };
    const body = { name: 'endless', format: 'qcow2', source, sha256: 'a'.repeat(64) };
    const made = await intel.request<TemplateChangeView>('POST', '/v1/templates', body);
    const { operation, template } = made.body;
    expect(operation.mayCancel).toBe(true);
    await waitFor(async () => (await intel.operation(operation.id)).phase === 'receiving', {
      what: 'the image is being fetched',
    });
    expect((await forget('endless')).status).toBe(409);
    expect((await cancel(operation.id)).body).toMatchObject({
      status: 'cancelled',
      error: { code: 'cancelled' },
      mayCancel: false,
    });
    await waitFor(() => gone, { what: 'the source is let go of' });
    await waitFor(() => String(stored()) === String(before), { what: 'what arrived is dropped' });
    const { body: failed } = await intel.request<TemplateView>('GET', `/v1/templates/${template.id}`);
    expect(failed).toMatchObject({ state: 'failed', error: { code: 'cancelled' } });
    expect((await forget('endless')).status).toBe(204);
    expect((await cancel(operation.id)).body.status).toBe('cancelled');
  });

  it('waits for no upload any more, and is over once that is there', async () => {
    const begin = async (name: string) => {
      const body = { name, format: 'qcow2', source: { type: 'upload' } };
      return (await intel.request<TemplateChangeView>('POST', '/v1/templates', body)).body;
    };
    const waiting = await begin('waiting');
    expect((await cancel(waiting.operation.id)).body.status).toBe('cancelled');
    expect((await put(waiting.template.id, fresh())).body.code).toBe('invalid_state');
    const done = await begin('done');
    await put(done.template.id, fresh());
    expect((await cancel(done.operation.id)).body.status).toBe('succeeded');
    for (const name of ['waiting', 'done']) expect((await forget(name)).status).toBe(204);
  });
});

describe('a template of a VM', () => {
  it('is what its host uploads with the ticket of the command, and nothing else opens that', async () => {
    const { vm } = await intel.createVm('golden', {
      desiredState: 'stopped',
      disks: [{ sizeGiB: 1 }],
      vcpus: 2,
    });
    const stopped = async () => (await intel.vm(vm.id)).status.state === 'stopped';
    await waitFor(stopped, { what: 'the VM is off' });
    operator.heldCommands = true;
    const source = { type: 'vm', vm: 'golden' };
    const made = await announce({ source });
    const command = await waitFor(() => operator.commands.find((it) => it.action.$case === 'exportDisk'), {
      what: 'the host is asked',
    });
    const action = command.action.$case === 'exportDisk' ? command.action.value : undefined;
    expect(action).toMatchObject({ diskId: vm.spec.disks[0]?.id, templateId: made.id });
    const upload = (ticket: string, body: Buffer) =>
      fetch(action?.url ?? '', {
        method: 'PUT',
        headers: { authorization: `Bearer ${ticket}`, 'content-type': 'application/octet-stream' },
        body: new Uint8Array(body),
      });
    expect((await put(made.id, fresh())).body.code).toBe('invalid_state');
    expect((await upload(intel.token, fresh())).status).toBe(401);
    const image = fresh();
    expect((await upload(action?.ticket ?? '', image)).status).toBe(204);
    expect((await upload(action?.ticket ?? '', image)).status).toBe(204);
    const { body } = await intel.request<TemplateView>('GET', `/v1/templates/${made.id}`);
    expect(body).toMatchObject({
      state: 'ready',
      source: 'vm',
      sha256: sha256(image),
      defaults: { vcpus: 2 },
    });
    await operator.answer(command, 'succeeded');
  });

  it('fails with the reason of its host, and is not made of a VM that runs or is not there', async () => {
    operator.commands.length = 0;
    const made = await announce({ source: { type: 'vm', vm: 'golden' } });
    const command = await waitFor(() => operator.commands.find((it) => it.action.$case === 'exportDisk'), {
      what: 'the host is asked',
    });
    await operator.answer(command, 'failed');
    const failed = async () =>
      (await intel.request<TemplateView>('GET', `/v1/templates/${made.id}`)).body.state;
    await waitFor(async () => (await failed()) === 'failed', { what: 'the template has failed' });
    operator.heldCommands = false;
    const refused = async (vm: string) => {
      const body = { name: 'of-vm', format: 'qcow2', source: { type: 'vm', vm } };
      return (await intel.request<ProblemView>('POST', '/v1/templates', body)).body;
    };
    expect((await refused('absent')).errors?.[0]?.field).toBe('source.vm');
    const on = await intel.createVm('runs', { disks: [{ sizeGiB: 1 }] });
    await waitFor(async () => (await intel.vm(on.vm.id)).status.state === 'running', { what: 'it runs' });
    expect((await refused('runs')).code).toBe('invalid_state');
  });
});

describe('a hostile image', () => {
  const secretPath = () => join(intel.folder, 'secret');
  const canary = `canary-${randomBytes(16).toString('hex')}`;

  it('is refused however it is given, and no byte of a secret file shows anywhere', async () => {
    writeFileSync(secretPath(), canary.repeat(4096));
    const before = stored();
    const told: string[] = [];
    const hostile = hostileImages(secretPath());
    const give = async ({ attack, format, content, code }: HostileImage) => {
      const template = await announce({ format });
      const reply = await put(template.id, content);
      expect([attack, reply.body.code]).toEqual([attack, code]);
      told.push(JSON.stringify([reply.body, await intel.request('GET', `/v1/templates/${template.id}`)]));
    };
    for (let index = 0; index < hostile.length; index += 8) {
      await Promise.all(hostile.slice(index, index + 8).map(give));
    }
    expect(told).toHaveLength(hostile.length);
    for (const { attack, format, content, code } of hostile.slice(0, 4)) {
      writeFileSync(join(intel.importFolder, 'hostile'), content);
      const reply = await intel.request<TemplateChangeView>(
        'POST',
        '/v1/templates',
        { name: 'hostile', format, source: { type: 'file', path: 'hostile' } },
        { headers: { prefer: 'wait=10' } },
      );
      expect([attack, reply.body.operation.error?.code]).toEqual([attack, code]);
      told.push(JSON.stringify(reply.body));
      await forget('hostile');
    }
    expect(told.filter((it) => it.includes(canary))).toEqual([]);
    expect(stored()).toEqual(before);
    expect(stored().filter((it) => readFileSync(join(intel.folder, 'images', it)).includes(canary))).toEqual(
      [],
    );
  }, 60_000);
});

describe('an image behind a URL', () => {
  const serve = (content: Buffer) => {
    answer = (_req, res) => res.writeHead(200, { 'content-length': content.length }).end(content);
  };

  it('is fetched from the address that was judged, also when its name changes at once', async () => {
    const image = fresh();
    serve(image);
    names.set('images.test', [['127.0.0.1'], ['169.254.169.254']]);
    const { body } = await fromUrl(`http://images.test:${sourcePort}/a.qcow2`, { sha256: sha256(image) });
    expect(body.template).toMatchObject({ state: 'ready', source: 'url', sha256: sha256(image) });
    await forget(body.template.name);
  });

  it.each([
    ['loopback of the whole network', 'http://127.0.0.2/x'],
    ['loopback as a number', 'http://2130706434/x'],
    ['loopback in hex', 'http://0x7f000002/x'],
    ['loopback of IPv6', 'http://[::1]/x'],
    ['a mapped loopback', 'http://[::ffff:127.0.0.2]/x'],
    ['the metadata service', 'http://169.254.169.254/latest/meta-data'],
    ['a private address', 'http://10.0.0.1/x'],
    ['a unique local address', 'http://[fd00::1]/x'],
    ['a name of a private address', 'http://inner.test/x'],
    ['a name of a public and a private address', 'http://mixed.test/x'],
  ])('is not fetched from %s', async (_what, url) => {
    names.set('inner.test', [['192.168.1.1']]);
    names.set('mixed.test', [['93.184.216.34', '10.1.2.3']]);
    const { body } = await fromUrl(url);
    expect(body.operation).toMatchObject({ status: 'failed', error: { code: 'source_refused' } });
    await forget(body.template.name);
  });

  it('is not fetched from where a redirect leads, when that is not allowed', async () => {
    for (const location of ['http://169.254.169.254/', 'file:///etc/passwd', 'http://rebound.test/']) {
      names.set('rebound.test', [['10.0.0.1']]);
      answer = (_req, res) => res.writeHead(302, { location }).end();
      const { body } = await fromUrl(`http://127.0.0.1:${sourcePort}/`);
      expect([location, body.operation.error?.code]).toEqual([location, 'source_refused']);
      await forget(body.template.name);
    }
  });

  it('follows a redirect that is allowed, and not for ever', async () => {
    const image = fresh();
    answer = (req, res) =>
      req.url === '/b'
        ? res.writeHead(200, { 'content-length': image.length }).end(image)
        : res.writeHead(302, { location: '/b' }).end();
    const { body } = await fromUrl(`http://127.0.0.1:${sourcePort}/a`, { sha256: sha256(image) });
    expect(body.template.state).toBe('ready');
    await forget(body.template.name);
  });

  it('goes on where the transfer broke, and fails with what the source said', async () => {
    const image = fresh();
    const ranges: (string | undefined)[] = [];
    answer = (req, res) => {
      ranges.push(req.headers.range);
      const start = Number(/\d+/.exec(req.headers.range ?? '')?.[0] ?? 0);
      const range =
        start > 0 ? { 'content-range': `bytes ${start}-${image.length - 1}/${image.length}` } : {};
      res.writeHead(start > 0 ? 206 : 200, {
        etag: '"v1"',
        'content-length': image.length - start,
        ...range,
      });
      if (start > 0) res.end(image.subarray(start));
      else res.write(image.subarray(0, 150_000), () => res.destroy());
    };
    const { body } = await fromUrl(`http://127.0.0.1:${sourcePort}/`, { sha256: sha256(image) });
    expect(body.template.state).toBe('ready');
    expect(ranges.at(-1)).toMatch(/^bytes=[1-9]\d*-$/);
    await forget(body.template.name);
  });

  it('must have a scheme that is allowed, and a digest where nothing else vouches for it', async () => {
    for (const url of ['file:///etc/passwd', 'ftp://x/y', 'gopher://x', 'http://user:pass@x/', 'nothing']) {
      const { body } = await fromUrl(url);
      expect([url, body.code, body.errors?.[0]?.field]).toEqual([url, 'invalid_input', 'source.url']);
    }
    const { body } = await fromUrl('http://x/', { sha256: undefined });
    expect(body.errors?.[0]?.field).toBe('sha256');
  });
});

describe('a family', () => {
  it('names its newest version that is ready; a VM keeps the one that it was made of', async () => {
    const [first, second] = [fresh(), fresh()];
    const one = await announce({ family: 'debian-12' });
    await put(one.id, first);
    const { body } = await intel.request<VmChangeView>('POST', '/v1/vms', {
      name: 'kept',
      template: 'debian-12',
    });
    const two = await announce({ family: 'debian-12', defaults: { vcpus: 3, machine: 'pc' } });
    const byAlias = async () => (await intel.request<TemplateView>('GET', '/v1/templates/debian-12')).body;
    expect([one.version, two.version, (await byAlias()).id]).toEqual(['1', '2', one.id]);
    await put(two.id, second);
    expect((await byAlias()).id).toBe(two.id);
    const kept = await intel.request<{ spec: object }>('GET', `/v1/vms/${body.vm?.id}`);
    expect(kept.body.spec).toMatchObject({ template: one.name });
    const newer = await intel.createVm('newer', { template: 'debian-12', memoryMiB: undefined });
    expect(newer.vm.spec).toMatchObject({ template: two.name, vcpus: 3, machine: 'pc' });
    expect((await forget(one.name)).body).toMatchObject({
      code: 'resource_in_use',
      detail: expect.stringContaining('kept'),
    });
    const clash = await intel.request<ProblemView>('POST', '/v1/templates', {
      name: 'debian-12',
      format: 'raw',
      source: { type: 'upload' },
    });
    expect(clash.body.code).toBe('already_exists');
  });

  it('says which fields of a source have no meaning', async () => {
    const reply = await intel.request<ProblemView>('POST', '/v1/templates', {
      name: 'odd',
      format: 'raw',
      source: { type: 'url', path: 'x', vm: 'y' },
    });
    expect(reply.body.errors?.map((it) => it.field).sort()).toEqual([
      'source.path',
      'source.url',
      'source.vm',
    ]);
  });
});

/** Sends the head of a request and some of its body, and tells the code of the answer. */
function sendPart(
  id: string,
  part: Buffer,
  claimed: number,
  then: 'wait' | 'break' = 'wait',
): Promise<ProblemView> {
  return new Promise((done) => {
    const sending = request({
      host: '127.0.0.1',
      port: intel.port,
      method: 'PUT',
      path: `/v1/templates/${id}/content`,
      headers: {
        authorization: `Bearer ${intel.token}`,
        'content-type': 'application/octet-stream',
        'content-length': claimed,
      },
    });
    sending.on('error', () => done({} as ProblemView));
    sending.on('response', async (response) => {
      const chunks: Buffer[] = [];
      for await (const chunk of response) chunks.push(chunk);
      done(JSON.parse(Buffer.concat(chunks).toString()));
      sending.destroy();
    });
    sending.write(part, () => {
      if (then === 'break') setImmediate(() => sending.destroy());
    });
  });
}
