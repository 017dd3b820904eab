import { type CreateTemplate, createTemplateFields, type Template } from '#libs/client';
import { openImage, sendImage } from '../../template/send-image.js';
import type { Fields } from '../plan.js';
import { planFields } from '../plan-fields.js';
import { ifThere } from './if-there.js';
import { done, type Kind, nameOf } from './kind.js';
import { localImage, withDigest } from './local-image.js';

export const templateKind: Kind<Template> = {
  fields: createTemplateFields,
  required: ['name', 'format', 'source'],
  prepare: withDigest,
  name: nameOf,
  find: (client, fields) => ifThere(client.templates.get(nameOf(fields))),
  plan: (fields, present) => {
    if (!present) return { kind: 'create', body: fields };
    const after = present.state === 'importing' ? localImage(fields) : undefined;
    if (after === undefined) return planFields(fields, shown(present), []);
    const difference = { field: 'content', before: 'not uploaded', after };
    return { kind: 'change', patch: { source: fields.source }, differences: [difference] };
  },
  create: async (at, body) => {
    const { session, client, flags } = at;
    const path = localImage(body);
    const image = path === undefined ? undefined : await openImage(path);
    const request = image ? { ...body, source: { type: 'upload' } } : body;
    const change = await client.templates.create(request as unknown as CreateTemplate);
    const ended = await sendImage(session, client, change, { image, flags });
    if (!ended) return done(at, `accepted, operation ${change.operation.id}`, change);
    const template = await client.templates.get(change.template.id);
    await done(at, template.state, template);
  },
  change: async (at, { id }, patch) => {
    const { client, session } = at;
    const image = await openImage(localImage(patch) ?? '');
    const template = await client.templates.upload(id, image, session.terminal.interrupt);
    await done(at, template.state, template);
  },
  remove: async (at, { id, name }) => {
    await at.client.templates.delete(id);
    await done(at, 'deleted', { template: name, deleted: true });
  },
};

/** Where it came from is not kept in the words of the file, and matters only once. */
function shown({ format, family, version, sha256, defaults, project }: Template): Fields {
  return { format, family, version, sha256, defaults, project };
}
