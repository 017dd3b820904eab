import { Injectable } from '@nestjs/common';
import { VmanError } from '#libs/errors';
import type { Tx } from '../db-operator/index.js';
import type { Caller } from '../http/index.js';
import { audit } from '../operations/index.js';
import { ownTemplate } from './find-template.js';

/** Forgets a template that nothing needs; gives the digest of its file, which may be of no use any more. */
@Injectable()
export class DeleteTemplate {
  async execute(tx: Tx, caller: Caller, nameOrId: string): Promise<string | undefined> {
    const template = await ownTemplate(tx, caller, nameOrId);
    const users = await tx.templates.users(template.id);
    if (users.length > 0) {
      throw new VmanError('resource_in_use', `These are made of it: ${users.join(', ')}.`);
    }
    const unbegun = template.sourceType === 'upload' && template.uploadSeenAt === null;
    if (template.state === 'importing' && !unbegun) {
      throw new VmanError('invalid_state', 'The template is being imported.', {
        hint: 'Wait until that has ended, or cancel its operation.',
      });
    }
    const operation = await tx.operations.openOfTemplate(template.id);
    if (operation) {
      const message = 'The template was deleted before its upload was begun.';
      await tx.operations.finish(operation.id, {
        status: 'cancelled',
        code: 'upload_interrupted',
        message,
        successorId: null,
      });
    }
    await tx.templates.remove(template.id);
    await audit(
      tx,
      caller,
      'template.delete',
      { kind: 'template', id: template.id, name: template.name, project: template.project || null },
      null,
    );
    return template.digest ?? undefined;
  }
}
