import { Inject, Injectable } from '@nestjs/common';
import { v7 as uuidv7 } from 'uuid';
import type { CreateTemplateInput } from '#libs/contracts/http';
import { VmanError } from '#libs/errors';
import type { TemplateEntity, Tx } from '../db-operator/index.js';
import { type Caller, demand } from '../http/index.js';
import { INTEL_CONFIG, type IntelConfig } from '../intel.config.js';
import { audit } from '../operations/index.js';
import { chooseOwner } from '../projects/index.js';
import { ExportVm } from './export-vm.js';
import { importPath } from './import-path.js';
import { checkedUrl, checkSource } from './source-of.js';

/** Notes the template and what it shall be made of; the import itself runs behind the answer. */
@Injectable()
export class CreateTemplate {
  constructor(
    @Inject(INTEL_CONFIG) private readonly config: IntelConfig,
    @Inject(ExportVm) private readonly exportVm: ExportVm,
  ) {}

  async execute(
    tx: Tx,
    caller: Caller,
    input: CreateTemplateInput,
  ): Promise<{ templateId: string; operationId: string }> {
    checkSource(input.source);
    const templateId = uuidv7();
    const project = await chooseOwner(tx, caller, input.project);
    const columns = await this.rowOf(tx, caller, project, input);
    const template = { id: templateId, name: input.name, project, ...columns };
    if (input.source.type === 'vm') {
      return { templateId, operationId: await this.exportVm.execute(tx, caller, input, template) };
    }
    await tx.templates.insert(template);
    const operationId = uuidv7();
    await tx.operations.insert({
      id: operationId,
      kind: 'template.import',
      status: 'queued',
      project: project || null,
      templateId,
      resourceName: input.name,
      requestedBy: caller.name,
      origin: caller.origin,
      requestId: caller.requestId,
      phase: input.source.type === 'upload' ? 'waiting for the upload' : '',
    });
    await audit(
      tx,
      caller,
      'template.import',
      { kind: 'template', id: templateId, project: project || null },
      operationId,
    );
    return { templateId, operationId };
  }

  private async rowOf(
    tx: Tx,
    caller: Caller,
    project: string,
    input: CreateTemplateInput,
  ): Promise<Partial<TemplateEntity>> {
    const { source, defaults, family } = input;
    const taken = await tx.templates.taken(project, input.name, family);
    if (taken) {
      const message =
        taken === 'name'
          ? `The name ${input.name} is that of a family.`
          : `The family ${family} is the name of a template.`;
      throw new VmanError('already_exists', message);
    }
    return {
      family: family ?? null,
      version:
        family === undefined ? null : (input.version ?? (await tx.templates.nextVersion(project, family))),
      format: source.type === 'vm' ? 'qcow2' : input.format,
      state: 'importing',
      sourceType: source.type,
      sourcePath: await this.placeOf(caller, input),
      wantedDigest: input.sha256 ?? null,
      defaultVcpus: defaults?.vcpus ?? null,
      defaultMemoryMib: defaults?.memoryMiB ?? null,
      defaultMachine: defaults?.machine ?? null,
      defaultFirmware: defaults?.firmware ?? null,
    };
  }

  private async placeOf(caller: Caller, input: CreateTemplateInput): Promise<string> {
    const { type, path } = input.source;
    switch (type) {
      case 'file':
        return importPath(this.config.imageImportPath, path ?? '');
      case 'url':
        demand(caller, 'templates:import-url');
        return checkedUrl(input, this.config.importUrl);
      case 'upload':
      case 'vm':
        return '';
    }
  }
}
