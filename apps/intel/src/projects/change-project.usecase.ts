import { Injectable } from '@nestjs/common';
import type { PatchProjectInput, PatchQuotaInput } from '#libs/contracts/http';
import type { ProjectEntity, Tx } from '../db-operator/index.js';
import type { Caller } from '../http/index.js';
import { audit } from '../operations/index.js';
import { findProject, lockProject } from './find-project.js';

const GIB = 1024 ** 3;

/** Changes what a project says of itself, or what it may take. A quota below what is used only stops more. */
@Injectable()
export class ChangeProject {
  async describe(
    tx: Tx,
    caller: Caller,
    idOrName: string,
    { description, labels, trashRetentionSeconds }: PatchProjectInput,
  ): Promise<ProjectEntity> {
    const project = await lockProject(tx, caller, idOrName);
    await tx.projects.update(project.id, {
      generation: project.generation + 1,
      ...(description != null && { description }),
      ...(trashRetentionSeconds !== undefined && { trashRetentionSeconds }),
      ...(labels != null && { labels: mergeLabels(project.labels, labels) }),
    });
    await audit(tx, caller, 'project.update', about(project), null);
    return findProject(tx, caller, project.id);
  }

  async limit(
    tx: Tx,
    caller: Caller,
    idOrName: string,
    { vms, vcpus, memoryMiB, diskGiB, addresses, snapshots }: PatchQuotaInput,
  ): Promise<ProjectEntity> {
    const project = await lockProject(tx, caller, idOrName);
    const limits = {
      maxVms: vms,
      maxVcpus: vcpus,
      maxMemoryMib: memoryMiB,
      maxDiskBytes: diskGiB == null ? diskGiB : diskGiB * GIB,
      maxAddresses: addresses,
      maxSnapshots: snapshots,
    };
    const given = Object.entries(limits).filter(([, value]) => value !== undefined);
    await tx.projects.update(project.id, {
      quotaGeneration: project.quotaGeneration + 1,
      ...Object.fromEntries(given),
    });
    await audit(tx, caller, 'project.quota', about(project), null);
    return findProject(tx, caller, project.id);
  }
}

export const about = ({ id, name }: Pick<ProjectEntity, 'id' | 'name'>) =>
  ({ kind: 'project', id, name, project: name }) as const;

function mergeLabels(
  present: Record<string, string>,
  patch: Record<string, string | null>,
): Record<string, string> {
  const merged = Object.entries({ ...present, ...patch });
  return Object.fromEntries(merged.flatMap(([key, value]) => (value === null ? [] : [[key, value]])));
}
