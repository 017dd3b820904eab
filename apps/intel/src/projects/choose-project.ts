import type { Tx } from '../db-operator/index.js';
import { type Caller, invalidInput } from '../http/index.js';

export const DEFAULT_PROJECT = 'default';

/** The project in which a caller makes something; nobody deletes it until the transaction ends. */
export async function chooseProject(
  tx: Tx,
  caller: Pick<Caller, 'project'>,
  wanted: string | null | undefined,
): Promise<string> {
  return held(tx, ownOr(caller, wanted) ?? DEFAULT_PROJECT);
}

/** The same for what all projects may share, which belongs to none of them: the empty name. */
export async function chooseOwner(
  tx: Tx,
  caller: Pick<Caller, 'project'>,
  wanted: string | null | undefined,
): Promise<string> {
  const project = ownOr(caller, wanted);
  return project === undefined ? '' : held(tx, project);
}

function ownOr({ project }: Pick<Caller, 'project'>, wanted: string | null | undefined): string | undefined {
  if (project !== null && wanted != null && wanted !== project) {
    throw invalidInput([
      { field: 'project', code: 'invalid', message: 'this token works in another project' },
    ]);
  }
  return project ?? wanted ?? undefined;
}

async function held(tx: Tx, project: string): Promise<string> {
  if (await tx.projects.hold(project)) return project;
  throw invalidInput([{ field: 'project', code: 'unknown', message: 'there is no such project' }]);
}
