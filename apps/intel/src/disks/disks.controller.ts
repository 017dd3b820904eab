import {
  Body,
  Controller,
  Delete,
  Get,
  Headers,
  HttpCode,
  Inject,
  Param,
  Patch,
  Post,
  Query,
  Res,
} from '@nestjs/common';
import {
  ApiAcceptedResponse,
  ApiCreatedResponse,
  ApiHeader,
  ApiOkResponse,
  ApiOperation,
  ApiTags,
} from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import {
  AttachInput,
  CreateDiskInput,
  DetachInput,
  DiskChangeView,
  DiskListView,
  DiskResourceView,
  ListDisksQuery,
  PatchDiskInput,
} from '#libs/contracts/http';
import { Database, type Tx } from '../db-operator/index.js';
import {
  type Caller,
  CallerOf,
  DryRun,
  Fails,
  Requires,
  send,
  Versioned,
  waitOf,
  wishOf,
} from '../http/index.js';
import { AttachDisk } from './attach-disk.usecase.js';
import type { ChangedDisk } from './changed-disk.js';
import { CreateDisk } from './create-disk.usecase.js';
import { DeleteDisk } from './delete-disk.usecase.js';
import { DetachDisk } from './detach-disk.usecase.js';
import { DiskChanges } from './disk-changes.js';
import { diskVersion } from './disk-version.js';
import { diskView } from './disk-view.js';
import { findDisk } from './find-disk.js';
import { PatchDisk } from './patch-disk.usecase.js';

@ApiTags('disks')
@ApiHeader({ name: 'Prefer', required: false, description: '`wait=30`: answer when it is done.' })
@Controller('v1/disks')
export class DisksController {
  constructor(
    @Inject(Database) private readonly database: Database,
    @Inject(DiskChanges) private readonly changes: DiskChanges,
    @Inject(CreateDisk) private readonly createDisk: CreateDisk,
    @Inject(PatchDisk) private readonly patchDisk: PatchDisk,
    @Inject(AttachDisk) private readonly attachDisk: AttachDisk,
    @Inject(DetachDisk) private readonly detachDisk: DetachDisk,
    @Inject(DeleteDisk) private readonly deleteDisk: DeleteDisk,
  ) {}

  @Get()
  @Requires('disks:read')
  @ApiOperation({ summary: 'List disks, those of VMs too' })
  @ApiOkResponse({ type: DiskListView })
  async list(@Query() query: ListDisksQuery, @CallerOf() caller: Caller): Promise<DiskListView> {
    const page = await this.database.read((tx) => tx.disks.page(wishOf(query, caller)));
    return { ...page, items: page.items.map(diskView) };
  }

  @Get(':id')
  @Requires('disks:read')
  @Versioned(diskVersion)
  @ApiOperation({ summary: 'Get a disk by id or name' })
  @ApiOkResponse({ type: DiskResourceView })
  async get(@Param('id') id: string, @CallerOf() caller: Caller): Promise<DiskResourceView> {
    return diskView(await this.database.read((tx) => findDisk(tx, caller, id)));
  }

  @Post()
  @Requires('disks:write')
  @Versioned(diskVersion)
  @DryRun()
  @Fails(
    'already_exists',
    'placement_failed',
    'storage_full',
    'pool_unavailable',
    'image_missing',
    'quota_exceeded',
    'not_found',
  )
  @ApiOperation({ summary: 'Make a disk: empty, or a linked clone of a template' })
  @ApiCreatedResponse({ type: DiskChangeView })
  async create(
    @Body() input: CreateDiskInput,
    @CallerOf() caller: Caller,
    @Headers('prefer') prefer: string | undefined,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const work = (tx: Tx) => this.createDisk.execute(tx, caller, input);
    send(reply, await this.changes.answer(caller, { status: 201, waitMs: waitOf(prefer) }, work));
  }

  @Patch(':id')
  @HttpCode(202)
  @Requires('disks:write')
  @Versioned(diskVersion)
  @DryRun()
  @Fails('already_exists', 'storage_full', 'pool_unavailable', 'quota_exceeded')
  @ApiOperation({ summary: 'Grow, rename or label a disk, or change how it is used' })
  @ApiOkResponse({ type: DiskChangeView, description: 'Nothing had to be done on a host.' })
  @ApiAcceptedResponse({ type: DiskChangeView })
  async patch(
    @Param('id') id: string,
    @Body() input: PatchDiskInput,
    @CallerOf() caller: Caller,
    @Headers('prefer') prefer: string | undefined,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    await this.change(reply, caller, prefer, (tx) => this.patchDisk.execute(tx, caller, id, input));
  }

  @Post(':id/attach')
  @HttpCode(202)
  @Requires('disks:write')
  @Versioned(diskVersion)
  @DryRun()
  @Fails('storage_full', 'pool_unavailable', 'placement_failed')
  @ApiOperation({ summary: 'Give a disk to a VM, also while it runs' })
  @ApiAcceptedResponse({ type: DiskChangeView })
  async attach(
    @Param('id') id: string,
    @Body() input: AttachInput,
    @CallerOf() caller: Caller,
    @Headers('prefer') prefer: string | undefined,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    await this.change(reply, caller, prefer, (tx) => this.attachDisk.execute(tx, caller, id, input));
  }

  @Post(':id/detach')
  @HttpCode(202)
  @Requires('disks:write')
  @Versioned(diskVersion)
  @DryRun()
  @ApiOperation({ summary: 'Take a disk away from its VM and keep it' })
  @ApiAcceptedResponse({ type: DiskChangeView })
  async detach(
    @Param('id') id: string,
    @Body() input: DetachInput,
    @CallerOf() caller: Caller,
    @Headers('prefer') prefer: string | undefined,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    await this.change(reply, caller, prefer, (tx) => this.detachDisk.execute(tx, caller, id, input));
  }

  @Delete(':id')
  @HttpCode(202)
  @Requires('disks:write')
  @Versioned(diskVersion)
  @DryRun()
  @ApiOperation({ summary: 'Destroy a disk that no VM holds' })
  @ApiAcceptedResponse({ type: DiskChangeView })
  async remove(
    @Param('id') id: string,
    @CallerOf() caller: Caller,
    @Headers('prefer') prefer: string | undefined,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    await this.change(reply, caller, prefer, (tx) => this.deleteDisk.execute(tx, caller, id));
  }

  private async change(
    reply: FastifyReply,
    caller: Caller,
    prefer: string | undefined,
    work: (tx: Tx) => Promise<ChangedDisk>,
  ): Promise<void> {
    send(reply, await this.changes.answer(caller, { status: 202, waitMs: waitOf(prefer) }, work));
  }
}
