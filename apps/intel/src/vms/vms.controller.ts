import {
  Body,
  Controller,
  Delete,
  Get,
  Headers,
  Inject,
  Param,
  Patch,
  Post,
  Query,
  Res,
} from '@nestjs/common';
import {
  ApiAcceptedResponse,
  ApiConsumes,
  ApiCreatedResponse,
  ApiHeader,
  ApiOkResponse,
  ApiOperation,
  ApiTags,
} from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import {
  CreateVmInput,
  DeleteVmQuery,
  ListVmsQuery,
  PatchVmInput,
  secondsOf,
  VmChangeView,
  VmListView,
  VmView,
  WaitForVmQuery,
} from '#libs/contracts/http';
import { Database } from '../db-operator/index.js';
import {
  type Caller,
  CallerOf,
  DryRun,
  Fails,
  NEW_PARTS,
  NEW_VM,
  Requires,
  send,
  Versioned,
  waitOf,
  wishOf,
} from '../http/index.js';
import { CreateVm } from './create-vm.usecase.js';
import { DeleteVm } from './delete-vm.usecase.js';
import { findVm } from './find-vm.js';
import { PatchVm } from './patch-vm.usecase.js';
import { VmChanges } from './vm-changes.js';
import { vmVersion } from './vm-version.js';
import { vmView } from './vm-view.js';
import { WaitForVm } from './wait-for-vm.usecase.js';

const DEFAULT_WAIT_SECONDS = 30;
const PREFER = { name: 'Prefer', required: false, description: '`wait=30`: answer when it is done.' };
const KEY = {
  name: 'Idempotency-Key',
  required: false,
  description: 'Makes repeating harmless for 24 hours.',
};

@ApiTags('vms')
@Controller('v1/vms')
export class VmsController {
  constructor(
    @Inject(Database) private readonly database: Database,
    @Inject(VmChanges) private readonly changes: VmChanges,
    @Inject(CreateVm) private readonly createVm: CreateVm,
    @Inject(PatchVm) private readonly patchVm: PatchVm,
    @Inject(DeleteVm) private readonly deleteVm: DeleteVm,
    @Inject(WaitForVm) private readonly waitForVm: WaitForVm,
  ) {}

  @Post()
  @Requires('vms:write')
  @Versioned(vmVersion)
  @DryRun()
  @Fails(...NEW_VM)
  @ApiOperation({ summary: 'Create a VM' })
  @ApiHeader(PREFER)
  @ApiHeader(KEY)
  @ApiCreatedResponse({ type: VmChangeView })
  async create(
    @Body() input: CreateVmInput,
    @CallerOf() caller: Caller,
    @Headers('prefer') prefer: string | undefined,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const how = { status: 201, waitMs: waitOf(prefer) } as const;
    send(reply, await this.changes.answer(caller, how, (tx) => this.createVm.execute(tx, caller, input)));
  }

  @Get()
  @Requires('vms:read')
  @ApiOperation({ summary: 'List VMs' })
  @ApiOkResponse({ type: VmListView })
  async list(@Query() query: ListVmsQuery, @CallerOf() caller: Caller): Promise<VmListView> {
    const wish = { ...wishOf(query, caller), trash: query.trash ?? 'without' };
    return this.database.read(async (tx) => {
      const page = await tx.vms.page(wish);
      const parts = await tx.parts.ofAll(page.items.map((it) => it.vm.id));
      const items = page.items.flatMap((seen) => {
        const own = parts.get(seen.vm.id);
        return own ? [vmView(seen, own)] : [];
      });
      return { ...page, items };
    });
  }

  @Get(':id')
  @Requires('vms:read')
  @Versioned(vmVersion)
  @ApiOperation({ summary: 'Get a VM by id or name' })
  @ApiOkResponse({ type: VmView })
  async get(@Param('id') id: string, @CallerOf() caller: Caller): Promise<VmView> {
    const view = await this.database.read(async (tx) => {
      const seen = await findVm(tx, caller, id);
      return vmView(seen, await tx.parts.of(seen.vm.id));
    });
    return view;
  }

  @Get(':id/wait')
  @Requires('vms:read')
  @Fails('deadline_exceeded')
  @ApiOperation({ summary: 'Wait until a VM runs, is stopped, or is ready (runs as it was last asked for)' })
  @ApiOkResponse({ type: VmView })
  async wait(
    @Param('id') id: string,
    @Query() query: WaitForVmQuery,
    @CallerOf() caller: Caller,
  ): Promise<VmView> {
    const seconds = secondsOf(query.timeout ?? '') ?? DEFAULT_WAIT_SECONDS;
    return this.waitForVm.execute(caller, id, query.for ?? 'ready', seconds * 1000);
  }

  @Patch(':id')
  @Requires('vms:write')
  @Versioned(vmVersion)
  @DryRun()
  @Fails('already_exists', ...NEW_PARTS)
  @ApiOperation({ summary: 'Change the spec of a VM (merge patch)' })
  @ApiConsumes('application/merge-patch+json', 'application/json')
  @ApiHeader(PREFER)
  @ApiHeader(KEY)
  @ApiAcceptedResponse({ type: VmChangeView })
  async patch(
    @Param('id') id: string,
    @Body() input: PatchVmInput,
    @CallerOf() caller: Caller,
    @Headers('prefer') prefer: string | undefined,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const how = { status: 202, waitMs: waitOf(prefer) } as const;
    send(reply, await this.changes.answer(caller, how, (tx) => this.patchVm.execute(tx, caller, id, input)));
  }

  @Delete(':id')
  @Requires('vms:write')
  @Versioned(vmVersion)
  @DryRun()
  @Fails('protected')
  @ApiOperation({
    summary: 'Delete a VM and its disks, or put it into the trash where deleted VMs are kept for a while',
  })
  @ApiHeader(PREFER)
  @ApiHeader(KEY)
  @ApiAcceptedResponse({ type: VmChangeView })
  async remove(
    @Param('id') id: string,
    @Query() query: DeleteVmQuery,
    @CallerOf() caller: Caller,
    @Headers('prefer') prefer: string | undefined,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const how = { status: 202, waitMs: waitOf(prefer) } as const;
    send(reply, await this.changes.answer(caller, how, (tx) => this.deleteVm.execute(tx, caller, id, query)));
  }
}
