import { Injectable } from '@nestjs/common';
import { VmanError } from '#libs/errors';
import type { Tx } from '../db-operator/index.js';
import type { Caller } from '../http/index.js';
import { audit } from '../operations/index.js';
import { findTemplate } from './find-template.js';

/** Forgets a template that no VM needs; gives the digest of a file that nothing needs any more. */
@Injectable()
export class DeleteTemplate {
  async execute(tx: Tx, caller: Caller, nameOrId: string): Promise<string | undefined> {
    const template = await findTemplate(tx, nameOrId);
    const users = await tx.templates.users(template.id);
    if (users.length > 0) {
      throw new VmanError('resource_in_use', `These VMs are made of it: ${users.join(', ')}.`);
    }
    if (template.state === 'importing') {
      throw new VmanError('invalid_state', 'The template is being imported.', {
        hint: 'Wait until that has ended.',
      });
    }
    await tx.templates.remove(template.id);
    await audit(tx, caller, 'template.delete', { kind: 'template', id: template.id }, null);
    if (!template.digest || (await tx.templates.digestInUse(template.digest))) return undefined;
    return template.digest;
  }
}
