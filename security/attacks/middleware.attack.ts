import type { Attack } from '../attack.js';

const DISGUISES = [
  ['HEAD', '/v1/vms'],
  ['OPTIONS', '/v1/vms'],
  ['TRACE', '/v1/vms'],
  ['GET', '/v1/%76ms'],
  ['GET', '/%761/vms'],
  ['GET', '/v1%2Fvms'],
  ['GET', '//v1/vms'],
  ['GET', '/v1//vms'],
  ['GET', '/v1/./vms'],
  ['GET', '/docs/../v1/vms'],
  ['GET', '/health/..%2fv1/vms'],
  ['GET', '/V1/VMS'],
  ['GET', '/v1/vms/'],
  ['GET', '/v1/vms;x=1'],
  ['GET', '/v1/vms?%2e'],
  ['GET', '/v1/vms#/health'],
  ['GET', 'http://127.0.0.1/v1/vms'],
] as const;
const HEADERS: Record<string, string>[] = [
  { 'x-original-url': '/health' },
  { 'x-rewrite-url': '/health' },
  { 'x-http-method-override': 'GET' },
  { 'x-forwarded-for': '127.0.0.1', 'x-forwarded-host': 'localhost' },
];

/** A guard that is tied to a path is passed by another spelling of the path. */
export const middleware: Attack = {
  name: 'disguised-paths',
  what: 'the way past the guard by encoded paths, other methods and headers of proxies',
  async run(ground, tries) {
    const isShown = (text: string) => text.includes(ground.vm.id);
    for (const [method, path] of DISGUISES) {
      const { status, text } = await ground.send({ method, path });
      tries.say(`${method} ${path}`, status >= 400 && status < 500 && !isShown(text), status);
    }
    for (const headers of HEADERS) {
      const { status } = await ground.send({ method: 'GET', path: '/v1/vms', headers });
      tries.say(`GET /v1/vms with ${Object.keys(headers)}`, status === 401, status);
    }
    const stop = { method: 'GET', path: `/v1/vms/${ground.vm.id}`, token: ground.callers.viewer };
    const overridden = await ground.send({ ...stop, headers: { 'x-http-method-override': 'DELETE' } });
    tries.say('a DELETE in disguise of a GET', overridden.status === 200, overridden.status);
    const { status } = await ground.stack.api.vm(ground.vm.id);
    tries.say('the VM is still there', status.state === 'running', status.state);
  },
};
