import { ApiPropertyOptional } from '@nestjs/swagger';
import { IsBoolean, IsOptional } from 'class-validator';

export class MaintainHostInput {
  @ApiPropertyOptional({
    type: Boolean,
    description: 'Although VMs are to run there: they stay, and are away with the host.',
  })
  @IsOptional()
  @IsBoolean({ message: 'must be true or false' })
  force?: boolean;
}
