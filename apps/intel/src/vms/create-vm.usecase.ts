import { Inject, Injectable } from '@nestjs/common';
import { v7 as uuidv7 } from 'uuid';
import { CLOCK, type Clock } from '#libs/clock';
import type { CreateVmInput } from '#libs/contracts/http';
import { DEFAULT_RESTART, POWER_CUT } from '#libs/domain';
import { cloudInitRow } from '../cloud-init/index.js';
import { type Tx, together, type VmEntity } from '../db-operator/index.js';
import type { Caller } from '../http/index.js';
import { INTEL_CONFIG, type IntelConfig } from '../intel.config.js';
import { openVmOperation } from '../operations/index.js';
import { chooseProject } from '../projects/index.js';
import { usableTemplate } from '../templates/index.js';
import { stopColumns } from './change-desired.js';
import type { ChangedVm } from './changed-vm.js';
import { checkShape } from './check-shape.js';
import { failoverSpec } from './failover-spec.js';
import { type GivenDisks, withContent } from './given-disks.js';
import { mustBeToCome } from './must-be-to-come.js';
import { nicNetworks, takeAddresses, wantedNetworks } from './nic-networks.js';
import { namedDisks } from './place-disks.js';
import { placeVm } from './place-vm.js';
import { placementRules } from './placement-rules.js';
import { planDisks } from './plan-disks.js';
import { planParts } from './plan-parts.js';
import { takeForwards } from './take-forwards.js';

const DEFAULT_VCPUS = 1;
const DEFAULT_MEMORY_MIB = 512;

/** Makes a VM: a host with room, its disks, nics and ports, and its first desired state. */
@Injectable()
export class CreateVm {
  constructor(
    @Inject(INTEL_CONFIG) private readonly config: IntelConfig,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  async execute(tx: Tx, caller: Caller, input: CreateVmInput, given?: GivenDisks): Promise<ChangedVm> {
    const project = await chooseProject(tx, caller, input.project);
    const template = input.template == null ? undefined : await usableTemplate(tx, project, input.template);
    const machine = input.machine ?? template?.defaultMachine ?? 'q35';
    const firmware = input.firmware ?? template?.defaultFirmware ?? 'bios';
    checkShape({ machine, firmware, vnc: input.vnc ?? false });
    const vcpus = input.vcpus ?? template?.defaultVcpus ?? DEFAULT_VCPUS;
    const memoryMib = input.memoryMiB ?? template?.defaultMemoryMib ?? DEFAULT_MEMORY_MIB;
    const nics = input.nics ?? [{}];
    const networks = await nicNetworks(tx, project, nics);
    const vmId = uuidv7();
    const free = await namedDisks(tx, input.disks);
    const disks = withContent(planDisks(input.disks, { vmId, project, template, free }), given);
    const labels = input.labels ?? {};
    const rules = placementRules(input.placement);
    const room = { vcpus, memoryMib, networks: wantedNetworks(networks), storage: disks.storage };
    const newcomer = { project, labels, rules: rules ?? undefined };
    const { hostId, poolIds } = await placeVm(tx, { ...room, ...newcomer }, given?.onHost);
    const operationId = uuidv7();
    const power = input.desiredState ?? 'running';
    const vm: Partial<VmEntity> & { id: string } = {
      id: vmId,
      project,
      name: input.name,
      labels,
      deletionProtection: input.deletionProtection ?? false,
      expiresAt: mustBeToCome('expiresAt', input.expiresAt, this.clock) ?? null,
      templateId: template?.id ?? null,
      hostId,
      vcpus,
      memoryMib,
      machine,
      firmware,
      cpuModel: input.cpuModel ?? '',
      maxVcpus: input.maxVcpus ?? null,
      maxMemoryMib: input.maxMemoryMiB ?? null,
      balloonMib: input.balloonMiB ?? null,
      vnc: input.vnc ?? false,
      watchdog: input.watchdog ?? 'none',
      bootPriority: input.bootPriority ?? 0,
      placement: rules,
      cloudInit: input.cloudInit ? cloudInitRow(input.cloudInit) : null,
      restartPolicy: input.restart?.policy ?? DEFAULT_RESTART.policy,
      restartMaxRetries: input.restart?.maxRetries ?? DEFAULT_RESTART.maxRetries,
      restartWindowSeconds: input.restart?.windowSeconds ?? DEFAULT_RESTART.windowSeconds,
      generation: 1,
      startGeneration: power === 'running' ? 1 : 0,
      presence: 'present',
      desiredPower: power,
      ...stopColumns(POWER_CUT),
      causeOperationId: operationId,
      causeRequestId: caller.requestId,
      causeOrigin: caller.origin,
    };
    const context = { vmId, hostId, forwardAddress: this.config.forwardAddress };
    const parts = planParts(input, { ...context, networks });
    const identity = { id: vm.id, name: input.name, project, hostId };
    await together(
      tx.vms.insert(vm),
      tx.parts.insertDisks(
        disks.insert.map((disk, index) => ({ ...disk, hostId, poolId: poolIds[index] ?? null })),
      ),
      ...disks.take.map(({ id, change }) => tx.disks.change(id, { ...change, hostId })),
      tx.parts.insertNics(parts.nics),
      openVmOperation(tx, caller, identity, {
        id: operationId,
        kind: 'vm.create',
        reason: given?.reason ?? '',
        generation: 1,
        goal: power,
      }),
    );
    const { failoverPoolId } = input.failover ? await failoverSpec(tx, vmId) : { failoverPoolId: null };
    if (failoverPoolId) {
      await tx.vms.change(vmId, 1, { generation: 1, failoverPoolId, failoverGeneration: 1 });
    }
    const wanted = parts.nics.map((nic, at) => ({
      nic,
      network: networks[at],
      asked: nics[at]?.addresses ?? [],
    }));
    await takeAddresses(tx, { id: vm.id, project }, wanted, this.config.addressRest / 1000);
    await takeForwards(tx, parts.forwards, this.config.forwardPortRange);
    await tx.outbox.desired(hostId, vm.id);
    return { vmId: vm.id, operationId };
  }
}
