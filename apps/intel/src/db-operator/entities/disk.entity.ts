import { Entity, PrimaryColumn } from 'typeorm';
import type { DiskCache, DiskDiscard, DiskOrigin, IoLimits } from '#libs/contracts';
import { BigInt53, ChangedAt, Flag, Int, Json, Text, Time, Uuid } from './columns.js';

/**
 * Of a disk that a VM holds. `leaving`: to be removed once it is out of the machine; `removed`: its host is at it;
 * `freeing`: to belong to no VM once it is out of the machine; `restoring`: to be put into it once it is made.
 */
export type DiskRowPresence = 'attached' | 'detached' | 'leaving' | 'removed' | 'freeing' | 'restoring';

/** Of a disk that no VM holds. */
export type DiskRowState = 'creating' | 'available' | 'deleting' | 'failed';

@Entity('disks')
export class DiskEntity {
  @PrimaryColumn('uuid') id!: string;
  /** Null while no VM holds it. */
  @Uuid('vm_id', { nullable: true }) vmId!: string | null;
  @Text('project') project!: string;
  /** Empty for one that was made with its VM. */
  @Text('name') name!: string;
  @Json('labels') labels!: Record<string, string>;
  @Int('position') position!: number;
  @Int('boot_order') bootOrder!: number;
  @BigInt53('size_bytes') sizeBytes!: number;
  /** What its host is growing it to. */
  @BigInt53('growing_to_bytes', { nullable: true }) growingToBytes!: number | null;
  @Uuid('template_id', { nullable: true }) templateId!: string | null;
  @Flag('read_only') readOnly!: boolean;
  @Text('presence') presence!: DiskRowPresence;
  /** The change that last moved it. */
  @BigInt53('presence_generation') presenceGeneration!: number;
  /** The host that made it; in a shared pool any host of the pool can have it. */
  @Uuid('host_id', { nullable: true }) hostId!: string | null;
  /** Null on a host that tells of no pools. */
  @Uuid('pool_id', { nullable: true }) poolId!: string | null;
  @Text('state') state!: DiskRowState;
  @Text('failure_code') failureCode!: string;
  @Text('failure_message') failureMessage!: string;
  /** Its host has said that it was made: it is never made anew. */
  @Flag('made') made!: boolean;
  @Text('cache', { nullable: true }) cache!: DiskCache | null;
  @Text('discard', { nullable: true }) discard!: DiskDiscard | null;
  @Json('io_limits', { nullable: true }) ioLimits!: IoLimits | null;
  /** Where its first content comes from, when that is no template. */
  @Json('origin', { nullable: true }) origin!: DiskOrigin | null;
  /** It outlives its VM. */
  @Flag('keep_on_delete') keepOnDelete!: boolean;
  /** It was first not found in its pool, though it was made and no VM has it. */
  @Time('missing_since', { nullable: true }) missingSince!: Date | null;
  @Time('created_at') createdAt!: Date;
  @ChangedAt() updatedAt!: Date;
}

/** A disk that stays when the VM that holds it is deleted. */
export function outlivesVm({
  presence,
  keepOnDelete,
}: Pick<DiskEntity, 'presence' | 'keepOnDelete'>): boolean {
  return presence === 'freeing' || (keepOnDelete && (presence === 'attached' || presence === 'detached'));
}

type Given = Pick<DiskEntity, 'id' | 'project' | 'sizeBytes'> & Partial<DiskEntity>;

/** The row of a new disk. */
export function newDisk(fields: Given): DiskEntity {
  return {
    vmId: null,
    name: '',
    labels: {},
    position: 0,
    bootOrder: 0,
    growingToBytes: null,
    templateId: null,
    readOnly: false,
    presence: 'attached',
    presenceGeneration: 0,
    hostId: null,
    poolId: null,
    state: 'available',
    failureCode: '',
    failureMessage: '',
    made: false,
    cache: null,
    discard: null,
    ioLimits: null,
    origin: null,
    keepOnDelete: false,
    missingSince: null,
    createdAt: new Date(),
    updatedAt: new Date(),
    ...fields,
  };
}
