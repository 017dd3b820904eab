import { VmanError } from '#libs/errors';
import type { TemplateEntity, Tx } from '../db-operator/index.js';
import { type Caller, invalidInput } from '../http/index.js';

const UUID = /^[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}$/i;

/** By id, by name, or by the alias of a family, which is the newest of it that is ready. */
export async function findTemplate(
  tx: Tx,
  { project }: Pick<Caller, 'project'>,
  reference: string,
): Promise<TemplateEntity> {
  const found = await lookUp(tx, project, reference);
  if (!found) throw new VmanError('not_found', 'There is no such template.');
  return found;
}

/** The same, to be changed or removed: not one that others share. */
export async function ownTemplate(tx: Tx, caller: Caller, reference: string): Promise<TemplateEntity> {
  const template = await findTemplate(tx, caller, reference);
  if (caller.project === null || template.project === caller.project) return template;
  throw new VmanError('forbidden', 'The template is shared; this token works in one project.');
}

/** The same, for something that is to be made of it. */
export async function usableTemplate(tx: Tx, project: string, reference: string): Promise<TemplateEntity> {
  const template = await lookUp(tx, project, reference);
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

/** Of what a project may use: its own templates and the shared ones; null: of all. */
async function lookUp(
  tx: Tx,
  project: string | null,
  reference: string,
): Promise<TemplateEntity | undefined> {
  const projects = project === null ? null : [project, ''];
  if (UUID.test(reference)) return tx.templates.get(reference, projects);
  return (
    (await tx.templates.byName(reference, projects)) ?? (await tx.templates.newestOf(reference, projects))
  );
}
