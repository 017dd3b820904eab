import { VmanError } from '#libs/errors';
import type { TemplateEntity, Tx } from '../db-operator/index.js';
import { invalidInput } from '../http/index.js';

const UUID = /^[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}$/i;

/** By id, by name, or by the alias of a family, which is the newest of it that is ready. */
export async function findTemplate(tx: Tx, reference: string): Promise<TemplateEntity> {
  const found = await lookUp(tx, reference);
  if (!found) throw new VmanError('not_found', 'There is no such template.');
  return found;
}

/** The same, for something that is to be made of it. */
export async function usableTemplate(tx: Tx, reference: string): Promise<TemplateEntity> {
  const template = await lookUp(tx, reference);
  if (!template) {
    throw invalidInput([{ field: 'template', code: 'unknown', message: 'there is no such template' }]);
  }
  if (template.state !== 'ready') {
    throw new VmanError('invalid_state', `The template ${template.name} is ${template.state}.`, {
      hint: template.state === 'importing' ? 'Wait until its import has ended.' : 'Import it again.',
    });
  }
  return template;
}

async function lookUp(tx: Tx, reference: string): Promise<TemplateEntity | undefined> {
  if (UUID.test(reference)) return tx.templates.get(reference);
  return (await tx.templates.byName(reference)) ?? tx.templates.newestOf(reference);
}
