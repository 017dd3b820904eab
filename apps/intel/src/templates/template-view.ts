import type { TemplateView } from '#libs/contracts/http';
import type { TemplateEntity } from '../db-operator/index.js';
import { errorView } from '../operations/index.js';

export function templateView(template: TemplateEntity): TemplateView {
  return {
    id: template.id,
    name: template.name,
    project: template.project || undefined,
    family: template.family ?? undefined,
    version: template.version ?? undefined,
    format: template.format,
    state: template.state,
    source: template.sourceType,
    sha256: template.state === 'ready' ? (template.digest ?? undefined) : undefined,
    fileBytes: template.fileBytes ?? undefined,
    virtualBytes: template.virtualBytes ?? undefined,
    defaults: {
      vcpus: template.defaultVcpus ?? undefined,
      memoryMiB: template.defaultMemoryMib ?? undefined,
      machine: template.defaultMachine ?? undefined,
      firmware: template.defaultFirmware ?? undefined,
    },
    error: template.errorCode ? errorView(template.errorCode, template.errorMessage ?? '') : undefined,
    createdAt: template.createdAt.toISOString(),
    updatedAt: template.updatedAt.toISOString(),
  };
}
