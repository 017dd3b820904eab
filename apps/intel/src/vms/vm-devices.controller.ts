import { Body, Controller, Delete, Headers, HttpCode, Inject, Param, Post, Query, Res } from '@nestjs/common';
import { ApiAcceptedResponse, ApiHeader, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { AttachDiskInput, DetachDiskQuery, NicInput, UnplugQuery, VmChangeView } from '#libs/contracts/http';
import { VmanError } from '#libs/errors';
import type { VmParts } from '../db-operator/index.js';
import {
  type Caller,
  CallerOf,
  DryRun,
  Fails,
  NEW_PARTS,
  Requires,
  send,
  Versioned,
  waitOf,
} from '../http/index.js';
import { type PatchOf, PatchVm } from './patch-vm.usecase.js';
import { VmChanges } from './vm-changes.js';
import { vmVersion } from './vm-version.js';

/** One disk or NIC at a time: the same change as a PATCH of the whole list. */
@ApiTags('vms')
@ApiHeader({ name: 'Prefer', required: false, description: '`wait=30`: answer when it is done.' })
@ApiHeader({
  name: 'Idempotency-Key',
  required: false,
  description: 'Makes repeating harmless for 24 hours.',
})
@Controller('v1/vms/:id')
export class VmDevicesController {
  constructor(
    @Inject(VmChanges) private readonly changes: VmChanges,
    @Inject(PatchVm) private readonly patchVm: PatchVm,
  ) {}

  @Post('disks')
  @HttpCode(202)
  @Requires('vms:write')
  @Versioned(vmVersion)
  @DryRun()
  @Fails(...NEW_PARTS)
  @ApiOperation({ summary: 'Attach a new disk' })
  @ApiAcceptedResponse({ type: VmChangeView })
  async attachDisk(
    @Param('id') id: string,
    @Body() input: AttachDiskInput,
    @CallerOf() caller: Caller,
    @Headers('prefer') prefer: string | undefined,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    await this.patch(reply, caller, prefer, id, ({ disks }) => ({
      disks: [...disks.map((it) => ({ id: it.id })), input],
    }));
  }

  @Delete('disks/:diskId')
  @HttpCode(202)
  @Requires('vms:write')
  @Versioned(vmVersion)
  @DryRun()
  @ApiOperation({ summary: 'Detach a disk and, unless it is to be kept, remove it' })
  @ApiAcceptedResponse({ type: VmChangeView })
  async detachDisk(
    @Param('id') id: string,
    @Param('diskId') diskId: string,
    @Query() query: DetachDiskQuery,
    @CallerOf() caller: Caller,
    @Headers('prefer') prefer: string | undefined,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    await this.patch(reply, caller, prefer, id, ({ disks }) => {
      mustHave(disks, diskId, 'disk');
      const others = disks.filter((it) => it.id !== diskId).map((it) => ({ id: it.id }));
      const kept = query.keep === 'true' ? [{ id: diskId, attached: false }] : [];
      return { disks: [...others, ...kept], unplugTimeoutSeconds: query.timeoutSeconds };
    });
  }

  @Post('nics')
  @HttpCode(202)
  @Requires('vms:write')
  @Versioned(vmVersion)
  @DryRun()
  @Fails(...NEW_PARTS)
  @ApiOperation({ summary: 'Add a NIC' })
  @ApiAcceptedResponse({ type: VmChangeView })
  async addNic(
    @Param('id') id: string,
    @Body() input: NicInput,
    @CallerOf() caller: Caller,
    @Headers('prefer') prefer: string | undefined,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    await this.patch(reply, caller, prefer, id, ({ nics }) => ({
      nics: [...nics.map((it) => ({ id: it.id })), input],
    }));
  }

  @Delete('nics/:nicId')
  @HttpCode(202)
  @Requires('vms:write')
  @Versioned(vmVersion)
  @DryRun()
  @ApiOperation({ summary: 'Remove a NIC and its port forwards' })
  @ApiAcceptedResponse({ type: VmChangeView })
  async removeNic(
    @Param('id') id: string,
    @Param('nicId') nicId: string,
    @Query() query: UnplugQuery,
    @CallerOf() caller: Caller,
    @Headers('prefer') prefer: string | undefined,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    await this.patch(reply, caller, prefer, id, ({ nics }) => {
      mustHave(nics, nicId, 'NIC');
      return { removeNic: nicId, unplugTimeoutSeconds: query.timeoutSeconds };
    });
  }

  private async patch(
    reply: FastifyReply,
    caller: Caller,
    prefer: string | undefined,
    id: string,
    input: PatchOf,
  ): Promise<void> {
    const how = { status: 202, waitMs: waitOf(prefer) } as const;
    const answer = await this.changes.answer(caller, how, (tx) =>
      this.patchVm.execute(tx, caller, id, input),
    );
    send(reply, answer);
  }
}

function mustHave(parts: VmParts['disks'] | VmParts['nics'], id: string, what: string): void {
  if (!parts.some((it) => it.id === id)) {
    throw new VmanError('not_found', `The VM has no such ${what}.`);
  }
}
