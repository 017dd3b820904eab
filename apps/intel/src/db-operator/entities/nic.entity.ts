import { Entity, PrimaryColumn } from 'typeorm';
import type { NicKind } from '#libs/contracts';
import { BigInt53, Int, Text, Uuid } from './columns.js';

@Entity('nics')
export class NicEntity {
  @PrimaryColumn('uuid') id!: string;
  @Uuid('vm_id') vmId!: string;
  @Int('position') position!: number;
  @Text('kind') kind!: NicKind;
  @Text('mac') mac!: string;
  /** Null: the user network. */
  @Uuid('network_id', { nullable: true }) networkId!: string | null;
  @Text('presence') presence!: 'attached' | 'leaving';
  /** The change that last moved it. */
  @BigInt53('presence_generation') presenceGeneration!: number;
}
