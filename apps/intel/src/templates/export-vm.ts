import { Inject, Injectable } from '@nestjs/common';
import { CLOCK, type Clock } from '#libs/clock';
import type { CreateTemplateInput } from '#libs/contracts/http';
import { VmanError } from '#libs/errors';
import type { DiskEntity, TemplateEntity, Tx } from '../db-operator/index.js';
import { type Caller, invalidInput } from '../http/index.js';
import { makeTicket, TicketKey, uploadSubject } from '../images/index.js';
import { INTEL_CONFIG, type IntelConfig } from '../intel.config.js';
import { sendAction } from '../operations/index.js';
import { findVm } from '../vms/index.js';

/** Asks the host of a stopped VM for a copy of one of its disks; the host uploads it by a ticket. */
@Injectable()
export class ExportVm {
  constructor(
    @Inject(INTEL_CONFIG) private readonly config: IntelConfig,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(TicketKey) private readonly ticketKey: TicketKey,
  ) {}

  /** Writes the template and its operation; gives the operation's id. */
  async execute(
    tx: Tx,
    caller: Caller,
    { source }: CreateTemplateInput,
    template: Partial<TemplateEntity> & { id: string; name: string },
  ): Promise<string> {
    const { vm, shown: state } = await vmOf(tx, caller, source.vm ?? '');
    if (state !== 'stopped') {
      throw new VmanError(
        'invalid_state',
        `The VM ${vm.name} is ${state}; a template is made of a stopped one.`,
      );
    }
    const disk = diskOf((await tx.parts.of(vm.id)).disks, source.disk);
    await tx.templates.insert({
      ...template,
      sourcePath: disk.id,
      // What the VM has is what its copies need, unless the caller says otherwise.
      defaultVcpus: template.defaultVcpus ?? vm.vcpus,
      defaultMemoryMib: template.defaultMemoryMib ?? vm.memoryMib,
      defaultMachine: template.defaultMachine ?? vm.machine,
      defaultFirmware: template.defaultFirmware ?? vm.firmware,
    });
    const deadlineInMs = this.config.importTimeout;
    const subject = uploadSubject(template.id);
    const expiresAtMs = this.clock.now() + deadlineInMs;
    const about = { kind: 'template', id: template.id, name: template.name, project: vm.project } as const;
    const operationId = await sendAction(
      tx,
      caller,
      { ...about, hostId: vm.hostId, vmId: vm.id },
      {
        kind: 'template.import',
        deadlineInMs,
        action: {
          $case: 'exportDisk',
          value: {
            diskId: disk.id,
            poolId: disk.poolId ?? '',
            templateId: template.id,
            url: `${this.config.intelPublicUrl.replace(/\/$/, '')}/internal/templates/${template.id}/content`,
            ticket: makeTicket(await this.ticketKey.value(), subject, vm.hostId, expiresAtMs),
          },
        },
      },
    );
    return operationId;
  }
}

async function vmOf(tx: Tx, caller: Caller, idOrName: string) {
  try {
    return await findVm(tx, caller, idOrName);
  } catch (error) {
    if (!(error instanceof VmanError) || error.code !== 'not_found') throw error;
    throw invalidInput([{ field: 'source.vm', code: 'unknown', message: 'there is no such VM' }]);
  }
}

/** The one that is named, or the one that the VM boots from. */
function diskOf(disks: DiskEntity[], id: string | undefined): DiskEntity {
  const attached = disks.filter((it) => it.presence === 'attached');
  const [boot] = attached.filter((it) => it.bootOrder > 0).sort((a, b) => a.bootOrder - b.bootOrder);
  const disk = id == null ? (boot ?? attached[0]) : attached.find((it) => it.id === id);
  if (disk) return disk;
  const message = id == null ? 'has no disk' : 'the VM has no such disk';
  throw invalidInput([{ field: id == null ? 'source.vm' : 'source.disk', code: 'unknown', message }]);
}
