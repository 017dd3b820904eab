import type { ProjectView } from '#libs/contracts/http';
import type { Version } from '../http/index.js';
import { findProject } from './find-project.js';
import { projectView } from './project-view.js';

export const projectVersion: Version<ProjectView> = {
  noun: 'project',
  read: async (tx, caller, id) => projectView(await findProject(tx, caller, id)),
  rows: ({ id }) => [{ table: 'projects', id }],
  counts: ({ generation }) => generation,
};
