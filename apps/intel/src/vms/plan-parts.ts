/** What a create request means in disks, nics and ports. Pure, but for the ids it makes. */
import { randomBytes } from 'node:crypto';
import { v7 as uuidv7 } from 'uuid';
import type { CreateVmInput, DiskInput, PortForwardInput } from '#libs/contracts/http';
import type { FieldFault } from '#libs/errors';
import type { DiskEntity, NicEntity, PortForwardEntity, TemplateEntity } from '../db-operator/index.js';
import { invalidInput } from '../http/index.js';

const GIB = 1024 ** 3;

/** Without its host port when any will do. */
export type WantedForward = Omit<PortForwardEntity, 'hostPort' | 'releasingGeneration'> & {
  hostPort?: number;
};

export interface PlannedParts {
  disks: DiskEntity[];
  nics: NicEntity[];
  forwards: WantedForward[];
}

export interface PartsContext {
  vmId: string;
  hostId: string;
  template: TemplateEntity | undefined;
  forwardAddress: string;
}

export function planParts(input: CreateVmInput, context: PartsContext): PlannedParts {
  const wanted = input.nics ?? [{}];
  const nics = wanted.map((nic, position) => ({
    id: uuidv7(),
    vmId: context.vmId,
    position,
    kind: nic.kind ?? 'user',
    mac: newMac(),
    presence: 'attached' as const,
    presenceGeneration: 1,
  }));
  const forwards = nics.flatMap((nic, index) =>
    (wanted[index]?.portForwards ?? []).map((forward, position) =>
      forwardOf(forward, nic.id, position, context),
    ),
  );
  return { disks: planDisks(input.disks, context), nics, forwards };
}

export function forwardOf(
  forward: PortForwardInput,
  nicId: string,
  position: number,
  context: Pick<PartsContext, 'vmId' | 'hostId' | 'forwardAddress'>,
): WantedForward {
  return {
    id: uuidv7(),
    vmId: context.vmId,
    nicId,
    hostId: context.hostId,
    position,
    protocol: forward.protocol ?? 'tcp',
    hostAddress: forward.hostAddress ?? context.forwardAddress,
    guestPort: forward.guestPort,
    hostPort: forward.hostPort ?? undefined,
  };
}

function planDisks(wanted: DiskInput[] | undefined, { vmId, template }: PartsContext): DiskEntity[] {
  const disks = wanted ?? (template ? [{}] : []);
  const faults: FieldFault[] = bootOrderFaults(disks);
  const ordered = disks.some((disk) => disk.bootOrder != null);
  const planned = disks.map((disk, position) => {
    const image = position === 0 ? template : undefined;
    const sizeBytes = disk.sizeGiB == null ? (image?.virtualBytes ?? 0) : disk.sizeGiB * GIB;
    const field = `disks[${position}].sizeGiB`;
    if (sizeBytes === 0) faults.push({ field, code: 'required', message: 'is required for an empty disk' });
    else if (image && sizeBytes < (image.virtualBytes ?? 0)) {
      const least = Math.ceil((image.virtualBytes ?? 0) / GIB);
      faults.push({ field, code: 'min', message: `must be at least ${least}, the size of the template` });
    }
    return {
      id: uuidv7(),
      vmId,
      position,
      bootOrder: ordered ? (disk.bootOrder ?? 0) : position + 1,
      sizeBytes,
      templateId: image?.id ?? null,
      readOnly: disk.readOnly ?? false,
      presence: 'attached' as const,
      presenceGeneration: 1,
    };
  });
  if (faults.length > 0) throw invalidInput(faults);
  return planned;
}

function bootOrderFaults(disks: DiskInput[]): FieldFault[] {
  const taken = new Set<number>();
  return disks.flatMap(({ bootOrder }, position) => {
    if (!bootOrder) return [];
    const field = `disks[${position}].bootOrder`;
    if (taken.has(bootOrder)) return [{ field, code: 'unique', message: 'another disk has this place' }];
    taken.add(bootOrder);
    return [];
  });
}

/** Locally administered, with 40 random bits: two alike are caught by the database and are not to be expected. */
export function newMac(): string {
  return ['52', ...[...randomBytes(5)].map((byte) => byte.toString(16).padStart(2, '0'))].join(':');
}
