import { Inject, Injectable } from '@nestjs/common';
import { v7 as uuidv7 } from 'uuid';
import type { CreateTemplateInput } from '#libs/contracts/http';
import type { Tx } from '../db-operator/index.js';
import type { Caller } from '../http/index.js';
import { INTEL_CONFIG, type IntelConfig } from '../intel.config.js';
import { audit } from '../operations/index.js';
import { importPath } from './import-path.js';

/** Notes the template and what it shall be made of; the import itself runs behind the answer. */
@Injectable()
export class CreateTemplate {
  constructor(@Inject(INTEL_CONFIG) private readonly config: IntelConfig) {}

  async execute(
    tx: Tx,
    caller: Caller,
    input: CreateTemplateInput,
  ): Promise<{ templateId: string; operationId: string }> {
    const sourcePath = await importPath(this.config.imageImportPath, input.source.path);
    const templateId = uuidv7();
    const operationId = uuidv7();
    await tx.templates.insert({
      id: templateId,
      name: input.name,
      format: input.format,
      state: 'importing',
      sourcePath,
      wantedDigest: input.sha256 ?? null,
      defaultVcpus: input.defaults?.vcpus ?? null,
      defaultMemoryMib: input.defaults?.memoryMiB ?? null,
    });
    await tx.operations.insert({
      id: operationId,
      kind: 'template.import',
      status: 'queued',
      project: caller.project,
      templateId,
      resourceName: input.name,
      requestedBy: caller.name,
      origin: caller.origin,
      requestId: caller.requestId,
    });
    await audit(tx, caller, 'template.import', { kind: 'template', id: templateId }, operationId);
    return { templateId, operationId };
  }
}
