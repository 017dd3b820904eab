import type { ProjectView } from '#libs/contracts/http';
import type { ProjectEntity } from '../db-operator/index.js';

export function projectView(project: ProjectEntity): ProjectView {
  return {
    id: project.id,
    name: project.name,
    description: project.description,
    labels: project.labels,
    trashRetentionSeconds: project.trashRetentionSeconds ?? undefined,
    generation: project.generation,
    createdAt: project.createdAt.toISOString(),
    updatedAt: project.updatedAt.toISOString(),
  };
}
