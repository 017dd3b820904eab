import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsIn, IsOptional, IsRFC3339 } from 'class-validator';
import { Name, oneOf } from './fields.js';
import { ROLES, type Role } from './operation-status.js';
import { ProjectName } from './projects.js';
import { Filter, InProject, OneOf, PageQuery, type Sort, Sorted } from './queries.js';

export class ListTokensQuery extends PageQuery {
  @Filter() name?: string;
  @InProject() project?: string;
  @OneOf(ROLES) role?: Role;
  @Sorted('named') sort?: Sort;
}

export class CreateTokenInput {
  @Name()
  name!: string;

  @ApiProperty({ enum: ROLES })
  @IsIn(ROLES, oneOf(ROLES))
  role!: Role;

  @ProjectName('The only project it sees; left out: all.')
  project?: string;

  @ApiPropertyOptional({ type: String, format: 'date-time' })
  @IsOptional()
  @IsRFC3339({ message: 'must be an RFC 3339 time' })
  expiresAt?: string;
}
