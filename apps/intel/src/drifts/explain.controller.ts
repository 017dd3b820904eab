import { Controller, Get, Inject, Param } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { ExplainView } from '#libs/contracts/http';
import { type Caller, CallerOf, Requires } from '../http/index.js';
import { ExplainVm } from './explain-vm.usecase.js';

@ApiTags('vms')
@Controller('v1/vms/:id/explain')
export class ExplainController {
  constructor(@Inject(ExplainVm) private readonly explainVm: ExplainVm) {}

  @Get()
  @Requires('vms:read')
  @ApiOperation({ summary: 'Why a VM is as it is, what differs, what holds it up, and what happens next' })
  @ApiOkResponse({ type: ExplainView })
  async explain(@Param('id') id: string, @CallerOf() caller: Caller): Promise<ExplainView> {
    return this.explainVm.execute(caller, id);
  }
}
