import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsOptional } from 'class-validator';
import { VM_STATES, type VmState } from '../vocabulary.js';
import { OptionalText } from './disk-fields.js';
import { NamedRef } from './disks.js';
import { Name } from './fields.js';
import { Filter, OneOf, PageQuery, type Sort, Sorted } from './queries.js';

export class AdoptVmInput {
  @IsOptional()
  @Name({ required: false, description: 'From now on; when left out, the one that its host knows.' })
  name?: string;

  @OptionalText('Its project from now on; when left out, the one that its host knows.')
  project?: string;
}

export class ListStrayVmsQuery extends PageQuery {
  @OneOf(VM_STATES) state?: VmState;
  @Filter('Name or id of a host.') host?: string;
  @Sorted('nameless') sort?: Sort;
}

export class StrayVmView {
  @ApiProperty({ type: String, format: 'uuid' }) id!: string;
  @ApiPropertyOptional({
    type: String,
    description: 'As its host knows it; absent while that does not answer.',
  })
  name?: string;
  @ApiPropertyOptional({ type: String }) project?: string;
  @ApiProperty({ enum: VM_STATES, description: 'As its host says.' }) state!: VmState;
  @ApiProperty({ type: () => NamedRef, description: 'The host that has it.' }) host!: NamedRef;
  @ApiProperty({ type: String, format: 'date-time' }) firstSeenAt!: string;
  @ApiProperty({ type: String, format: 'date-time' }) lastSeenAt!: string;
}

export class StrayVmListView {
  @ApiProperty({ type: () => [StrayVmView] }) items!: StrayVmView[];
  @ApiPropertyOptional({ type: String }) nextCursor?: string;
}
