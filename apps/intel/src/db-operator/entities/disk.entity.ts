import { Entity, PrimaryColumn } from 'typeorm';
import { BigInt53, Flag, Int, Text, Uuid } from './columns.js';

/** `leaving`: to be removed once it is out of the machine; `removed`: its host is at it. */
export type DiskRowPresence = 'attached' | 'detached' | 'leaving' | 'removed';

@Entity('disks')
export class DiskEntity {
  @PrimaryColumn('uuid') id!: string;
  @Uuid('vm_id') vmId!: string;
  @Int('position') position!: number;
  @Int('boot_order') bootOrder!: number;
  @BigInt53('size_bytes') sizeBytes!: number;
  @Uuid('template_id', { nullable: true }) templateId!: string | null;
  @Flag('read_only') readOnly!: boolean;
  @Text('presence') presence!: DiskRowPresence;
  /** The change that last moved it. */
  @BigInt53('presence_generation') presenceGeneration!: number;
}
