import {
  type CreateProject,
  createProjectFields,
  type PatchProject,
  type Project,
  patchProjectFields,
} from '#libs/client';
import { planFields } from '../plan-fields.js';
import { ifThere } from './if-there.js';
import { done, type Kind, nameOf } from './kind.js';

export const projectKind: Kind<Project> = {
  fields: [...new Set([...createProjectFields, ...patchProjectFields])],
  required: ['name'],
  name: nameOf,
  find: (client, fields) => ifThere(client.projects.get(nameOf(fields))),
  plan: (fields, present) =>
    present
      ? planFields(fields, { trashRetentionSeconds: undefined, ...present }, patchProjectFields)
      : { kind: 'create', body: fields },
  create: async (at, { trashRetentionSeconds, ...body }) => {
    const made = await at.client.projects.create(body as unknown as CreateProject);
    // A project is made without it.
    const patch = { trashRetentionSeconds } as PatchProject;
    const project =
      trashRetentionSeconds === undefined ? made : await at.client.projects.change(made.id, patch);
    await done(at, 'created', project);
  },
  change: async (at, { id }, patch) =>
    done(at, 'changed', await at.client.projects.change(id, patch as PatchProject)),
  remove: async (at, { id, name }) => {
    await at.client.projects.delete(id);
    await done(at, 'deleted', { project: name, deleted: true });
  },
};
