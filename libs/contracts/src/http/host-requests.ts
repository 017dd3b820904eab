import { ApiPropertyOptional } from '@nestjs/swagger';
import { IsBoolean, IsOptional } from 'class-validator';
import { HOST_STATES, type HostState } from '../vocabulary.js';
import { Filter, LabelSelector, OneOf, PageQuery, type Sort, Sorted, UpdatedSince } from './queries.js';

export class MaintainHostInput {
  @ApiPropertyOptional({
    type: Boolean,
    description: 'Although VMs are to run there: they stay, and are away with the host.',
  })
  @IsOptional()
  @IsBoolean({ message: 'must be true or false' })
  force?: boolean;
}

export class ListHostsQuery extends PageQuery {
  @OneOf(HOST_STATES) state?: HostState;
  @Filter() name?: string;
  @LabelSelector() label?: string;
  @UpdatedSince() updatedSince?: string;
  @Sorted('named') sort?: Sort;
}
