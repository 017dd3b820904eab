import { randomBytes } from 'node:crypto';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TemplateChangeView } from '#libs/contracts/http';
import { hostileImages } from '../../test/images/hostile-images.js';
import type { Attack } from '../attack.js';
import { codeOf } from '../ground/ground.js';

/** Images that name files, lie about their format or are made to eat the machine, uploaded one after the other. */
export const images: Attack = {
  name: 'images',
  what: 'uploads that name files of the host, lie about their format, or swallow memory and disk',
  async run(ground, tries) {
    const canary = randomBytes(16).toString('hex');
    const secret = join(ground.stack.folder, 'import', 'secret');
    writeFileSync(secret, canary.repeat(4096));
    for (const { attack, format, content, code } of hostileImages(secret)) {
      const name = `hostile-${tries.count}`;
      const made = await ground.sendAsAdmin('POST', '/v1/templates', {
        name,
        format,
        source: { type: 'upload' },
      });
      const { template } = JSON.parse(made.text) as TemplateChangeView;
      const reply = await ground.send({
        method: 'PUT',
        path: `/v1/templates/${template.id}/content`,
        token: ground.callers.admin,
        headers: { 'content-type': 'application/octet-stream' },
        body: content,
      });
      const told = await ground.sendAsAdmin('GET', `/v1/templates/${template.id}`);
      const silent = !`${reply.text}${told.text}`.includes(canary);
      tries.say(attack, codeOf(reply) === code && silent, [reply.status, codeOf(reply)]);
      await ground.sendAsAdmin('DELETE', `/v1/templates/${template.id}`);
    }
    const stored = readdirSync(join(ground.stack.folder, 'images'), { withFileTypes: true }).filter((it) =>
      it.isFile(),
    );
    const shown = stored.filter((it) =>
      readFileSync(join(ground.stack.folder, 'images', it.name)).includes(canary),
    );
    tries.say('the secret in the store of images', shown.length === 0, shown.length);
  },
};
