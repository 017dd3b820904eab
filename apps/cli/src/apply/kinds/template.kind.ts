import { type CreateTemplate, createTemplateFields, type Template } from '#libs/client';
import { followOperation } from '../../progress/follow-operation.js';
import type { Fields } from '../plan.js';
import { planFields } from '../plan-fields.js';
import { ifThere } from './if-there.js';
import { done, type Kind, nameOf } from './kind.js';

export const templateKind: Kind<Template> = {
  fields: createTemplateFields,
  required: ['name', 'format', 'source'],
  name: nameOf,
  find: (client, fields) => ifThere(client.templates.get(nameOf(fields))),
  plan: (fields, present) =>
    present ? planFields(fields, shown(present), []) : { kind: 'create', body: fields },
  create: async (at, body) => {
    const { session, client, flags } = at;
    const change = await client.templates.create(body as unknown as CreateTemplate);
    if (!flags.wait) return done(at, `accepted, operation ${change.operation.id}`, change);
    await followOperation(session.terminal, client, change.operation, { timeoutMs: flags.timeout });
    const template = await client.templates.get(change.template.id);
    await done(at, template.state, template);
  },
  change: async () => {},
  remove: async (at, { id, name }) => {
    await at.client.templates.delete(id);
    await done(at, 'deleted', { template: name, deleted: true });
  },
};

/** Where it came from is not kept in the words of the file, and matters only once. */
function shown({ format, family, version, sha256, defaults, project }: Template): Fields {
  return { format, family, version, sha256, defaults, project };
}
