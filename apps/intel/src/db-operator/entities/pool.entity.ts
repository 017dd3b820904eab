import { Entity, PrimaryColumn } from 'typeorm';
import type { PoolKind } from '#libs/contracts';
import { BigInt53, ChangedAt, Int, Text, Time } from './columns.js';

/** Where disks can lie, as the hosts that have it report it. */
@Entity('pools')
export class PoolEntity {
  @PrimaryColumn('uuid') id!: string;
  @Text('name') name!: string;
  @Text('kind') kind!: PoolKind;
  @BigInt53('capacity_bytes') capacityBytes!: number;
  @BigInt53('free_bytes') freeBytes!: number;
  /** Promised to disks, whatever they have written so far. */
  @BigInt53('reserved_bytes') reservedBytes!: number;
  @Int('overcommit_percent') overcommitPercent!: number;
  @Int('watermark_percent') watermarkPercent!: number;
  @Time('created_at') createdAt!: Date;
  @ChangedAt() updatedAt!: Date;
}
