import { VmanError } from '#libs/errors';
import type { TemplateEntity, Tx } from '../db-operator/index.js';

const UUID = /^[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}$/i;

export async function findTemplate(tx: Tx, nameOrId: string): Promise<TemplateEntity> {
  const found = UUID.test(nameOrId) ? await tx.templates.get(nameOrId) : await tx.templates.byName(nameOrId);
  if (!found) throw new VmanError('not_found', 'There is no such template.');
  return found;
}
