import { Entity, PrimaryColumn } from 'typeorm';
import type { AddressState } from '#libs/contracts';
import { Flag, Int, Text, Time, Uuid } from './columns.js';

/** An address of a network that is not free. */
@Entity('addresses')
export class AddressEntity {
  @PrimaryColumn('uuid') id!: string;
  @Uuid('network_id') networkId!: string;
  /** Of its holder. */
  @Text('project') project!: string;
  @Int('family') family!: number;
  @Text('address') address!: string;
  /** It goes back to those that are given to whoever names none. */
  @Flag('automatic') automatic!: boolean;
  @Text('state') state!: AddressState;
  /** Reserved by hand: it stays so when the VM that has it is gone. */
  @Flag('kept') kept!: boolean;
  @Text('source') source!: 'static' | 'dhcp';
  @Uuid('vm_id', { nullable: true }) vmId!: string | null;
  @Uuid('nic_id', { nullable: true }) nicId!: string | null;
  @Text('note') note!: string;
  @Time('created_at') createdAt!: Date;
  @Time('released_at', { nullable: true }) releasedAt!: Date | null;
  /** When its guest showed it last, if it does not do so now. */
  @Time('last_seen_at', { nullable: true }) lastSeenAt!: Date | null;
}
