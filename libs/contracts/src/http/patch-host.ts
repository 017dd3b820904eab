import { applyDecorators } from '@nestjs/common';
import { ApiPropertyOptional } from '@nestjs/swagger';
import { IsNumber, IsOptional, Max, Min } from 'class-validator';
import { Labels } from './fields.js';

const OVERCOMMIT_MIN = 0.01;
const OVERCOMMIT_MAX = 1000;

function Overcommit(description: string, example: number) {
  return applyDecorators(
    ApiPropertyOptional({
      type: 'number',
      minimum: OVERCOMMIT_MIN,
      maximum: OVERCOMMIT_MAX,
      example,
      description,
    }),
    IsOptional(),
    IsNumber({ maxDecimalPlaces: 2 }, { message: 'must be a number with at most two decimals' }),
    Min(OVERCOMMIT_MIN, { message: `must be at least ${OVERCOMMIT_MIN}` }),
    Max(OVERCOMMIT_MAX, { message: `must be at most ${OVERCOMMIT_MAX}` }),
  );
}

export class PatchHostInput {
  @Labels('patch')
  labels?: Record<string, string | null>;

  @Overcommit('vCPUs that may be promised to VMs, as a multiple of its CPUs.', 4)
  cpuOvercommit?: number;

  @Overcommit('Memory that may be promised to VMs, as a multiple of what it has.', 1.5)
  memoryOvercommit?: number;
}
