import type { TemplateView } from '#libs/contracts/http';
import type { TemplateEntity } from '../db-operator/index.js';
import { errorView } from '../operations/index.js';

export function templateView(template: TemplateEntity): TemplateView {
  return {
    id: template.id,
    name: template.name,
    format: template.format,
    state: template.state,
    sha256: template.digest ?? undefined,
    fileBytes: template.fileBytes ?? undefined,
    virtualBytes: template.virtualBytes ?? undefined,
    defaults: {
      vcpus: template.defaultVcpus ?? undefined,
      memoryMiB: template.defaultMemoryMib ?? undefined,
    },
    error: template.errorCode ? errorView(template.errorCode, template.errorMessage ?? '') : undefined,
    createdAt: template.createdAt.toISOString(),
  };
}
