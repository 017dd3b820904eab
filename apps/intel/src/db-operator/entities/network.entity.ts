import { Column, Entity, PrimaryColumn } from 'typeorm';
import type { NicKind } from '#libs/contracts';
import { Flag, Int, Text, Time } from './columns.js';

/** Postgres writes a full-length prefix behind some addresses. */
const Inet = (name: string, type: 'inet' | 'cidr') => Column({ name, type, nullable: true });
const Texts = (name: string) => Column({ name, type: 'text', array: true });

/** A network that NICs can be in. */
@Entity('networks')
export class NetworkEntity {
  @PrimaryColumn('uuid') id!: string;
  @Text('name') name!: string;
  /** Empty: shared by all. */
  @Text('project') project!: string;
  @Text('kind') kind!: NicKind;
  @Text('bridge') bridge!: string;
  @Int('vlan') vlan!: number;
  @Inet('cidr_v4', 'cidr') cidrV4!: string | null;
  @Inet('gateway_v4', 'inet') gatewayV4!: string | null;
  @Inet('cidr_v6', 'cidr') cidrV6!: string | null;
  @Inet('gateway_v6', 'inet') gatewayV6!: string | null;
  @Texts('dns') dns!: string[];
  @Int('mtu') mtu!: number;
  @Text('domain') domain!: string;
  @Flag('dhcp') dhcp!: boolean;
  @Flag('nat') nat!: boolean;
  @Flag('anti_spoofing') antiSpoofing!: boolean;
  @Texts('ranges') ranges!: string[];
  @Texts('reserved') reserved!: string[];
  @Time('created_at') createdAt!: Date;
  @Time('updated_at') updatedAt!: Date;
}
