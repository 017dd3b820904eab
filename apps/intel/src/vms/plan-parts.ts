/** What a create request means in nics and ports. Pure, but for the ids it makes. */
import { randomBytes } from 'node:crypto';
import { v7 as uuidv7 } from 'uuid';
import type { CreateVmInput, PortForwardInput } from '#libs/contracts/http';
import type { NetworkEntity, NicEntity, PortForwardEntity } from '../db-operator/index.js';

/** Without its host port when any will do. */
export type WantedForward = Omit<PortForwardEntity, 'hostPort' | 'releasingGeneration'> & {
  hostPort?: number;
};

export interface PlannedParts {
  nics: NicEntity[];
  forwards: WantedForward[];
}

export interface PartsContext {
  vmId: string;
  hostId: string;
  forwardAddress: string;
  /** Of each NIC; undefined for the user network. */
  networks?: (NetworkEntity | undefined)[];
}

export function planParts(input: CreateVmInput, context: PartsContext): PlannedParts {
  const wanted = input.nics ?? [{}];
  const nics = wanted.map((nic, position) => ({
    id: uuidv7(),
    vmId: context.vmId,
    position,
    kind: context.networks?.[position]?.kind ?? ('user' as const),
    mac: nic.mac?.toLowerCase() ?? newMac(),
    networkId: context.networks?.[position]?.id ?? null,
    presence: 'attached' as const,
    presenceGeneration: 1,
  }));
  const forwards = nics.flatMap((nic, index) =>
    (wanted[index]?.portForwards ?? []).map((forward, position) =>
      forwardOf(forward, nic.id, position, context),
    ),
  );
  return { nics, forwards };
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

/** Locally administered, with 40 random bits: two alike are caught by the database and are not to be expected. */
export function newMac(): string {
  return ['52', ...[...randomBytes(5)].map((byte) => byte.toString(16).padStart(2, '0'))].join(':');
}
