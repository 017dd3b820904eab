/** Networks, their addresses, and the ports of hosts that lead to guests. */
import { applyDecorators } from '@nestjs/common';
import { ApiProperty, ApiPropertyOptional, type ApiPropertyOptions } from '@nestjs/swagger';
import {
  ArrayMaxSize,
  IsArray,
  IsBoolean,
  IsIn,
  IsIP,
  IsOptional,
  IsString,
  IsUUID,
  Matches,
  MaxLength,
} from 'class-validator';
import {
  ADDRESS_SOURCES,
  type AddressSource,
  FORWARD_PROTOCOLS,
  type ForwardProtocol,
  LISTED_ADDRESS_STATES,
  type ListedAddressState,
  NIC_KINDS,
  type NicKind,
} from '../vocabulary.js';
import { Name, OptionalInteger, oneOf } from './fields.js';
import { Filter, InProject, OneOf, PageQuery, type Sort, Sorted, UpdatedSince } from './queries.js';
import { PortForwardInput } from './vm-parts.js';
import { HostRef, NetworkRef, PortForwardView } from './vm-view.js';

const NETWORK_KINDS = ['bridge', 'managed'] as const;
const MTU_MIN = 1280;
const MTU_MAX = 9216;
const DOMAIN = /^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*$/;
/** The kernel takes no longer name. */
const BRIDGE = /^[A-Za-z0-9][A-Za-z0-9_.-]{0,14}$/;

function OptionalText(description: string, example: string) {
  return applyDecorators(
    ApiPropertyOptional({ type: String, description, example }),
    IsOptional(),
    IsString({ message: 'must be a string' }),
    MaxLength(64, { message: 'must have at most 64 characters' }),
  );
}

function OptionalTexts(most: number, options: ApiPropertyOptions) {
  return applyDecorators(
    ApiPropertyOptional({ type: [String], ...options } as ApiPropertyOptions),
    IsOptional(),
    IsArray({ message: 'must be a list' }),
    ArrayMaxSize(most, { message: `must have at most ${most} entries` }),
    IsString({ each: true, message: 'must be strings' }),
    MaxLength(100, { each: true, message: 'must have at most 100 characters each' }),
  );
}

function OptionalFlag(description: string) {
  return applyDecorators(
    ApiPropertyOptional({ type: Boolean, description }),
    IsOptional(),
    IsBoolean({ message: 'must be true or false' }),
  );
}

/** What can be changed of a network while VMs use it. */
export class PatchNetworkInput {
  @OptionalTexts(8, { description: 'Name servers that the guests are told of.', example: ['9.9.9.9'] })
  dns?: string[];

  @OptionalInteger(MTU_MIN, MTU_MAX, {
    nullable: true,
    description: 'Left out, or null in a change: as the hosts have it.',
  })
  mtu?: number | null;

  @ApiPropertyOptional({
    type: String,
    nullable: true,
    example: 'lan.example',
    description: 'Guests are told of it. Null in a change: none.',
  })
  @IsOptional()
  @Matches(DOMAIN, { message: 'must be a domain name in lower case' })
  @MaxLength(200, { message: 'must have at most 200 characters' })
  domain?: string | null;

  @OptionalFlag(
    'Hosts give the reserved addresses out by DHCP; otherwise cloud-init does. Managed: true if left out.',
  )
  dhcp?: boolean;

  @OptionalFlag('Guests reach the outside behind the address of their host. Managed: true if left out.')
  nat?: boolean;

  @OptionalFlag('Frames with a foreign MAC or address do not pass. Managed: true if left out.')
  antiSpoofing?: boolean;

  @OptionalTexts(64, {
    description:
      'Where addresses come from that nobody named: `first-last` or one. Left out: the whole network.',
    example: ['10.20.0.100-10.20.0.199'],
  })
  ranges?: string[];

  @OptionalTexts(256, {
    description: 'Addresses that VMAN never gives to a VM: `first-last` or one.',
    example: ['10.20.0.2-10.20.0.9'],
  })
  reserved?: string[];
}

export class CreateNetworkInput extends PatchNetworkInput {
  @Name({ description: 'Unique in its project.', example: 'lan' })
  name!: string;

  @ApiPropertyOptional({
    type: String,
    description: 'The only project that may use it. Left out: that of the token, or shared by all.',
  })
  @IsOptional()
  @IsString({ message: 'must be a string' })
  @MaxLength(63, { message: 'must have at most 63 characters' })
  project?: string;

  @ApiProperty({
    enum: NETWORK_KINDS,
    description: 'bridge: one that exists on the hosts. managed: VMAN makes it on each host that needs it.',
  })
  @IsIn(NETWORK_KINDS, oneOf(NETWORK_KINDS))
  kind!: (typeof NETWORK_KINDS)[number];

  @ApiPropertyOptional({
    type: String,
    description: 'Of kind bridge: its name on the hosts.',
    example: 'br0',
  })
  @IsOptional()
  @Matches(BRIDGE, { message: 'must be the name of a network interface, at most 15 characters' })
  bridge?: string;

  @OptionalInteger(1, 4094, { description: 'Of kind bridge: the VLAN of its NICs.' })
  vlan?: number;

  @OptionalText('IPv4 network.', '10.20.0.0/24')
  cidr?: string;

  @OptionalText('Left out of a managed network: its first address.', '10.20.0.1')
  gateway?: string;

  @OptionalText('IPv6 network.', 'fd00:20::/64')
  cidrV6?: string;

  @OptionalText('Left out of a managed network: its first address.', 'fd00:20::1')
  gatewayV6?: string;
}

export class NetworkView {
  @ApiProperty({ type: String, format: 'uuid' }) id!: string;
  @ApiProperty({ type: String }) name!: string;
  @ApiPropertyOptional({ type: String, description: 'Left out: shared by all.' }) project?: string;
  @ApiProperty({ enum: NIC_KINDS }) kind!: NicKind;
  @ApiPropertyOptional({ type: String }) bridge?: string;
  @ApiPropertyOptional({ type: 'integer' }) vlan?: number;
  @ApiPropertyOptional({ type: String }) cidr?: string;
  @ApiPropertyOptional({ type: String }) gateway?: string;
  @ApiPropertyOptional({ type: String }) cidrV6?: string;
  @ApiPropertyOptional({ type: String }) gatewayV6?: string;
  @ApiProperty({ type: [String] }) dns!: string[];
  @ApiPropertyOptional({ type: 'integer' }) mtu?: number;
  @ApiPropertyOptional({ type: String }) domain?: string;
  @ApiProperty({ type: Boolean }) dhcp!: boolean;
  @ApiProperty({ type: Boolean }) nat!: boolean;
  @ApiProperty({ type: Boolean }) antiSpoofing!: boolean;
  @ApiProperty({ type: [String] }) ranges!: string[];
  @ApiProperty({ type: [String] }) reserved!: string[];
  @ApiProperty({ type: String, format: 'date-time' }) createdAt!: string;
  @ApiProperty({ type: String, format: 'date-time' }) updatedAt!: string;
}

export class NetworkListView {
  @ApiProperty({ type: () => [NetworkView] }) items!: NetworkView[];
  @ApiPropertyOptional({ type: String }) nextCursor?: string;
}

export class ListNetworksQuery extends PageQuery {
  @Filter() name?: string;
  @OneOf(NETWORK_KINDS) kind?: (typeof NETWORK_KINDS)[number];
  @InProject() project?: string;
  @UpdatedSince() updatedSince?: string;
  @Sorted('named') sort?: Sort;
}

export class ListAddressesQuery extends PageQuery {
  @Filter('Name or id of a network.') network?: string;
  @Filter('Name or id of a VM.') vm?: string;
  @OneOf(LISTED_ADDRESS_STATES) state?: ListedAddressState;
  @OneOf(ADDRESS_SOURCES) source?: AddressSource;
  @InProject() project?: string;
  @UpdatedSince() updatedSince?: string;
  @Sorted('nameless') sort?: Sort;
}

export class ReserveAddressInput {
  @ApiProperty({ type: String, description: 'Name or id of a network.', example: 'lan' })
  @IsString({ message: 'must be a string' })
  @MaxLength(63, { message: 'must have at most 63 characters' })
  network!: string;

  @ApiPropertyOptional({
    type: String,
    description: 'Left out: the next free IPv4 one.',
    example: '10.20.0.7',
  })
  @IsOptional()
  @IsIP(undefined, { message: 'must be an IP address' })
  address?: string;

  @ApiPropertyOptional({ type: String, description: 'The project whose VMs may ask for it.' })
  @IsOptional()
  @IsString({ message: 'must be a string' })
  @MaxLength(63, { message: 'must have at most 63 characters' })
  project?: string;

  @ApiPropertyOptional({ type: String, description: 'What it is for.' })
  @IsOptional()
  @IsString({ message: 'must be a string' })
  @MaxLength(200, { message: 'must have at most 200 characters' })
  note?: string;
}

export class AddressView {
  @ApiProperty({ type: String, format: 'uuid' }) id!: string;
  @ApiProperty({ type: String, example: '10.20.0.7' }) address!: string;
  @ApiProperty({ type: 'integer', example: 24 }) prefix!: number;
  @ApiProperty({ type: () => NetworkRef }) network!: NetworkRef;
  @ApiProperty({ type: String }) project!: string;
  @ApiProperty({
    enum: LISTED_ADDRESS_STATES,
    description:
      'held: a VM has it. reserved: kept by hand. resting: let go, and not given out again yet. seen: a guest has it that nobody gave it.',
  })
  state!: ListedAddressState;
  @ApiProperty({
    enum: ADDRESS_SOURCES,
    description:
      'Who gives it: static and dhcp are reserved, user is that of QEMU, guest-agent was only seen.',
  })
  source!: AddressSource;
  @ApiProperty({ type: Boolean, description: 'It stays reserved when its VM is gone.' }) kept!: boolean;
  @ApiProperty({ type: String }) note!: string;
  @ApiPropertyOptional({ type: () => HostRef }) vm?: HostRef;
  @ApiPropertyOptional({ type: String, format: 'uuid' }) nicId?: string;
  @ApiPropertyOptional({ type: String }) mac?: string;
  @ApiPropertyOptional({
    type: String,
    format: 'date-time',
    description: 'When the agent in its guest showed it last.',
  })
  lastSeenAt?: string;
  @ApiPropertyOptional({
    type: String,
    description: 'What its guest, or that of another VM, shows against it.',
  })
  conflict?: string;
  @ApiProperty({ type: String, format: 'date-time' }) createdAt!: string;
  @ApiProperty({ type: String, format: 'date-time' }) updatedAt!: string;
  @ApiPropertyOptional({ type: String, format: 'date-time', description: 'Since when it rests.' })
  releasedAt?: string;
}

export class AddressListView {
  @ApiProperty({ type: () => [AddressView] }) items!: AddressView[];
  @ApiPropertyOptional({ type: String }) nextCursor?: string;
}

export class ListPortForwardsQuery extends PageQuery {
  @Filter('Name or id of a VM.') vm?: string;
  @Filter('Name or id of a host.') host?: string;
  @OneOf(FORWARD_PROTOCOLS) protocol?: ForwardProtocol;
  @InProject() project?: string;
  @Sorted('nameless') sort?: Sort;
}

export class CreatePortForwardInput extends PortForwardInput {
  @ApiProperty({ type: String, description: 'Name or id of the VM.', example: 'web-1' })
  @IsString({ message: 'must be a string' })
  @MaxLength(63, { message: 'must have at most 63 characters' })
  vm!: string;

  @ApiPropertyOptional({ type: String, format: 'uuid', description: 'Left out: its first user-mode NIC.' })
  @IsOptional()
  @IsUUID('all', { message: 'must be a UUID' })
  nic?: string;
}

export class ListedPortForwardView extends PortForwardView {
  @ApiProperty({ type: () => HostRef }) vm!: HostRef;
  @ApiProperty({ type: String, format: 'uuid' }) nicId!: string;
  @ApiProperty({ type: () => HostRef }) host!: HostRef;
  @ApiProperty({
    type: Boolean,
    description: 'Removed, and held until its host does not listen on it any more.',
  })
  releasing!: boolean;
}

export class PortForwardListView {
  @ApiProperty({ type: () => [ListedPortForwardView] }) items!: ListedPortForwardView[];
  @ApiPropertyOptional({ type: String }) nextCursor?: string;
}
