import { Body, Controller, Headers, HttpCode, Inject, Param, Post, Res } from '@nestjs/common';
import { ApiAcceptedResponse, ApiHeader, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { RebootInput, ShutdownInput, VmChangeView } from '#libs/contracts/http';
import type { Tx } from '../db-operator/index.js';
import { type Caller, CallerOf, DryRun, Fails, Requires, send, Versioned, waitOf } from '../http/index.js';
import type { ChangedVm } from './changed-vm.js';
import { PauseVm } from './pause-vm.usecase.js';
import { RebootVm } from './reboot-vm.usecase.js';
import { ResetVm } from './reset-vm.usecase.js';
import { RestoreVm } from './restore-vm.usecase.js';
import { ResumeVm } from './resume-vm.usecase.js';
import { ShutdownVm } from './shutdown-vm.usecase.js';
import { StartVm } from './start-vm.usecase.js';
import { StopVm } from './stop-vm.usecase.js';
import { VmChanges } from './vm-changes.js';
import { vmVersion } from './vm-version.js';

@ApiTags('vms')
@ApiHeader({ name: 'Prefer', required: false, description: '`wait=30`: answer when it is done.' })
@ApiHeader({
  name: 'Idempotency-Key',
  required: false,
  description: 'Makes repeating harmless for 24 hours.',
})
@Controller('v1/vms/:id')
export class VmVerbsController {
  constructor(
    @Inject(VmChanges) private readonly changes: VmChanges,
    @Inject(StartVm) private readonly startVm: StartVm,
    @Inject(ShutdownVm) private readonly shutdownVm: ShutdownVm,
    @Inject(StopVm) private readonly stopVm: StopVm,
    @Inject(RebootVm) private readonly rebootVm: RebootVm,
    @Inject(ResetVm) private readonly resetVm: ResetVm,
    @Inject(PauseVm) private readonly pauseVm: PauseVm,
    @Inject(ResumeVm) private readonly resumeVm: ResumeVm,
    @Inject(RestoreVm) private readonly restoreVm: RestoreVm,
  ) {}

  @Post('start')
  @HttpCode(202)
  @Requires('vms:power')
  @Versioned(vmVersion)
  @DryRun()
  @Fails('placement_failed', 'image_missing', 'storage_full')
  @ApiOperation({ summary: 'Start a VM' })
  @ApiAcceptedResponse({ type: VmChangeView })
  async start(
    @Param('id') id: string,
    @CallerOf() caller: Caller,
    @Headers('prefer') prefer: string | undefined,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    await this.answer(reply, caller, prefer, (tx) => this.startVm.execute(tx, caller, id));
  }

  @Post('shutdown')
  @HttpCode(202)
  @Requires('vms:power')
  @Versioned(vmVersion)
  @DryRun()
  @ApiOperation({ summary: 'Ask the guest to shut down' })
  @ApiAcceptedResponse({ type: VmChangeView })
  async shutdown(
    @Param('id') id: string,
    @Body() input: ShutdownInput,
    @CallerOf() caller: Caller,
    @Headers('prefer') prefer: string | undefined,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    await this.answer(reply, caller, prefer, (tx) => this.shutdownVm.execute(tx, caller, id, input));
  }

  @Post('stop')
  @HttpCode(202)
  @Requires('vms:power')
  @Versioned(vmVersion)
  @DryRun()
  @ApiOperation({ summary: 'Cut the power of a VM' })
  @ApiAcceptedResponse({ type: VmChangeView })
  async stop(
    @Param('id') id: string,
    @CallerOf() caller: Caller,
    @Headers('prefer') prefer: string | undefined,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    await this.answer(reply, caller, prefer, (tx) => this.stopVm.execute(tx, caller, id));
  }

  @Post('reboot')
  @HttpCode(202)
  @Requires('vms:power')
  @Versioned(vmVersion)
  @DryRun()
  @ApiOperation({ summary: 'Restart a VM, asking the guest first' })
  @ApiAcceptedResponse({ type: VmChangeView })
  async reboot(
    @Param('id') id: string,
    @Body() input: RebootInput,
    @CallerOf() caller: Caller,
    @Headers('prefer') prefer: string | undefined,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    await this.answer(reply, caller, prefer, (tx) => this.rebootVm.execute(tx, caller, id, input));
  }

  @Post('reset')
  @HttpCode(202)
  @Requires('vms:power')
  @Versioned(vmVersion)
  @DryRun()
  @ApiOperation({ summary: 'Press the reset button' })
  @ApiAcceptedResponse({ type: VmChangeView })
  async reset(
    @Param('id') id: string,
    @CallerOf() caller: Caller,
    @Headers('prefer') prefer: string | undefined,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    await this.answer(reply, caller, prefer, (tx) => this.resetVm.execute(tx, caller, id));
  }

  @Post('pause')
  @HttpCode(202)
  @Requires('vms:power')
  @Versioned(vmVersion)
  @DryRun()
  @ApiOperation({ summary: 'Halt the virtual CPUs' })
  @ApiAcceptedResponse({ type: VmChangeView })
  async pause(
    @Param('id') id: string,
    @CallerOf() caller: Caller,
    @Headers('prefer') prefer: string | undefined,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    await this.answer(reply, caller, prefer, (tx) => this.pauseVm.execute(tx, caller, id));
  }

  @Post('resume')
  @HttpCode(202)
  @Requires('vms:power')
  @Versioned(vmVersion)
  @DryRun()
  @ApiOperation({ summary: 'Let a paused VM go on' })
  @ApiAcceptedResponse({ type: VmChangeView })
  async resume(
    @Param('id') id: string,
    @CallerOf() caller: Caller,
    @Headers('prefer') prefer: string | undefined,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    await this.answer(reply, caller, prefer, (tx) => this.resumeVm.execute(tx, caller, id));
  }

  @Post('restore')
  @HttpCode(202)
  @Requires('vms:write')
  @Versioned(vmVersion)
  @DryRun()
  @ApiOperation({ summary: 'Take a VM out of the trash; it stays off' })
  @ApiAcceptedResponse({ type: VmChangeView })
  async restore(
    @Param('id') id: string,
    @CallerOf() caller: Caller,
    @Headers('prefer') prefer: string | undefined,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    await this.answer(reply, caller, prefer, (tx) => this.restoreVm.execute(tx, caller, id));
  }

  private async answer(
    reply: FastifyReply,
    caller: Caller,
    prefer: string | undefined,
    work: (tx: Tx) => Promise<ChangedVm>,
  ): Promise<void> {
    send(reply, await this.changes.answer(caller, { status: 202, waitMs: waitOf(prefer) }, work));
  }
}
