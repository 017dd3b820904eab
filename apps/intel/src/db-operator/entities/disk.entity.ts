import { Entity, PrimaryColumn } from 'typeorm';
import { BigInt53, Flag, Int, Uuid } from './columns.js';

@Entity('disks')
export class DiskEntity {
  @PrimaryColumn('uuid') id!: string;
  @Uuid('vm_id') vmId!: string;
  @Int('position') position!: number;
  @Int('boot_order') bootOrder!: number;
  @BigInt53('size_bytes') sizeBytes!: number;
  @Uuid('template_id', { nullable: true }) templateId!: string | null;
  @Flag('read_only') readOnly!: boolean;
}
