import { VmanError } from '#libs/errors';
import type { ProjectEntity, Tx } from '../db-operator/index.js';
import type { Caller } from '../http/index.js';

/** By id or name; a token that is bound to a project sees that one alone. */
export async function findProject(tx: Tx, caller: Caller, idOrName: string): Promise<ProjectEntity> {
  const found = await tx.projects.find(idOrName, caller.project);
  if (!found) throw noSuchProject();
  return found;
}

/** The same, held against other changes until the transaction ends. */
export async function lockProject(tx: Tx, caller: Caller, idOrName: string): Promise<ProjectEntity> {
  const { id } = await findProject(tx, caller, idOrName);
  const project = await tx.projects.lock(id);
  if (!project) throw noSuchProject();
  return project;
}

const noSuchProject = () => new VmanError('not_found', 'There is no such project.');
