import { Entity, PrimaryColumn } from 'typeorm';
import type { ForwardProtocol } from '#libs/contracts';
import { BigInt53, Int, Text, Uuid } from './columns.js';

/** A port of a host that leads to a port of a guest. One holder for each address, port and protocol of a host. */
@Entity('port_forwards')
export class PortForwardEntity {
  @PrimaryColumn('uuid') id!: string;
  @Uuid('vm_id') vmId!: string;
  @Uuid('nic_id') nicId!: string;
  @Uuid('host_id') hostId!: string;
  @Int('position') position!: number;
  @Text('protocol') protocol!: ForwardProtocol;
  @Text('host_address') hostAddress!: string;
  @Int('host_port') hostPort!: number;
  @Int('guest_port') guestPort!: number;
  /** Removed from the VM, and held until the host has observed this generation. */
  @BigInt53('releasing_generation', { nullable: true }) releasingGeneration!: number | null;
}
