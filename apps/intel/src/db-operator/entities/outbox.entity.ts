import { Entity, PrimaryColumn } from 'typeorm';
import { BigInt53, Text, Time, Uuid } from './columns.js';

type OutboxKind = 'desired' | 'released' | 'command' | 'purge' | 'seed-marker';

/** Something the bus has to be told. It names what changed; what is published is the row as it is then. */
@Entity('outbox')
export class OutboxEntity {
  @PrimaryColumn('bigint', { transformer: { to: (it: number) => it, from: Number } }) id!: number;
  @Text('kind') kind!: OutboxKind;
  @Uuid('host_id') hostId!: string;
  @Uuid('vm_id', { nullable: true }) vmId!: string | null;
  @Uuid('operation_id', { nullable: true }) operationId!: string | null;
  /** VMs published before a seed marker. */
  @BigInt53('count', { nullable: true }) count!: number | null;
  @Time('created_at') createdAt!: Date;
  @Time('sent_at', { nullable: true }) sentAt!: Date | null;
}
