import { symlinkSync } from 'node:fs';
import { join } from 'node:path';
import type { TemplateChangeView } from '#libs/contracts/http';
import type { Attack } from '../attack.js';
import { codeOf } from '../ground/ground.js';

const IDS = [
  '..%2f..%2f..%2fetc%2fpasswd',
  '%2e%2e',
  '..%5c..',
  '%00',
  '%2fetc%2fpasswd',
  'a%0d%0aset-cookie:x',
];
const FILES = [
  '../token',
  '/etc/passwd',
  'a/../../token',
  './../token',
  'link',
  'folder/passwd',
  '..\\token',
  'x\u0000y',
];
const NAMES = ['../x', '/etc/x', '..', '.', '-rf', 'a/b', 'a\u0000b', '%2e%2e', 'x\n', ''];

/** Paths are made of ids only; the folder of imports is not left. */
export const pathTraversal: Attack = {
  name: 'path-traversal',
  what: 'leaving folders by names, ids, files to import, and symbolic links',
  async run(ground, tries) {
    for (const id of IDS) {
      for (const path of [
        `/v1/vms/${id}`,
        `/v1/templates/${id}`,
        `/v1/vms/${id}/console-log`,
        `/docs/${id}`,
      ]) {
        const reply = await ground.sendAsAdmin('GET', path);
        const held = reply.status >= 400 && reply.status < 500 && !reply.text.includes('root:');
        tries.say(`GET ${path}`, held && reply.headers['set-cookie'] === undefined, reply.status);
      }
    }
    const imports = join(ground.stack.folder, 'import');
    symlinkSync('/etc/passwd', join(imports, 'link'));
    symlinkSync('/etc', join(imports, 'folder'));
    for (const [index, path] of FILES.entries()) {
      const body = { name: `stolen-${index}`, format: 'raw', source: { type: 'file', path } };
      const reply = await ground.sendAsAdmin('POST', '/v1/templates', body);
      if (reply.status === 201) {
        const { operation } = JSON.parse(reply.text) as TemplateChangeView;
        const end = await ground.stack.api.finished(operation);
        tries.say(`import of ${JSON.stringify(path)}`, end.status === 'failed', end);
      } else
        tries.say(`import of ${JSON.stringify(path)}`, reply.status === 400, [reply.status, codeOf(reply)]);
    }
    for (const name of NAMES) {
      const reply = await ground.sendAsAdmin('POST', '/v1/vms', { name, memoryMiB: 32 });
      tries.say(`a VM called ${JSON.stringify(name)}`, reply.status === 400, reply.status);
    }
  },
};
