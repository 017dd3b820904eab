import { Injectable } from '@nestjs/common';
import { v7 as uuidv7 } from 'uuid';
import type { CreateProjectInput } from '#libs/contracts/http';
import type { ProjectEntity, Tx } from '../db-operator/index.js';
import type { Caller } from '../http/index.js';
import { audit } from '../operations/index.js';
import { about } from './change-project.usecase.js';
import { findProject } from './find-project.js';

/** Makes a project without limits. */
@Injectable()
export class CreateProject {
  async execute(
    tx: Tx,
    caller: Caller,
    { name, description, labels }: CreateProjectInput,
  ): Promise<ProjectEntity> {
    const id = uuidv7();
    await tx.projects.insert({ id, name, description: description ?? '', labels: labels ?? {} });
    await audit(tx, caller, 'project.create', about({ id, name }), null);
    return findProject(tx, caller, id);
  }
}
