import { Injectable } from '@nestjs/common';
import { VmanError } from '#libs/errors';
import type { Tx } from '../db-operator/index.js';
import type { Caller } from '../http/index.js';
import { audit } from '../operations/index.js';
import { about } from './change-project.usecase.js';
import { DEFAULT_PROJECT } from './choose-project.js';
import { lockProject } from './find-project.js';

/** Forgets a project in which nothing is left; whoever makes something in it meanwhile holds its row. */
@Injectable()
export class DeleteProject {
  async execute(tx: Tx, caller: Caller, idOrName: string): Promise<void> {
    const project = await lockProject(tx, caller, idOrName);
    if (project.name === DEFAULT_PROJECT) {
      throw new VmanError('protected', 'What names no project goes into this one.', {
        hint: 'Keep it; a quota of 0 VMs keeps it empty.',
      });
    }
    const users = await tx.projects.users(project.name);
    if (users.length > 0) {
      const figures = users.map(({ kind, count }) => `${count} ${kind}`).join(', ');
      throw new VmanError('resource_in_use', `The project ${project.name} still has ${figures}.`);
    }
    await tx.projects.remove(project.id);
    await audit(tx, caller, 'project.delete', about(project), null);
  }
}
