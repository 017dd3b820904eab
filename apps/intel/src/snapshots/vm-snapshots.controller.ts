import { Body, Controller, Get, Headers, HttpCode, Inject, Param, Post, Query, Res } from '@nestjs/common';
import { ApiCreatedResponse, ApiHeader, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import {
  CloneVmInput,
  CreateSnapshotInput,
  ListVmSnapshotsQuery,
  SnapshotChangeView,
  SnapshotListView,
  VmChangeView,
} from '#libs/contracts/http';
import { Database } from '../db-operator/index.js';
import {
  type Caller,
  CallerOf,
  DryRun,
  Fails,
  NEW_VM,
  Requires,
  send,
  Versioned,
  waitOf,
  wishOf,
} from '../http/index.js';
import { findVm, VmChanges, vmVersion } from '../vms/index.js';
import { CloneVm } from './clone-vm.usecase.js';
import { CreateSnapshot } from './create-snapshot.usecase.js';
import { SnapshotChanges } from './snapshot-changes.js';
import { snapshotVersion } from './snapshot-version.js';
import { snapshotView } from './snapshot-view.js';

const PREFER = { name: 'Prefer', required: false, description: '`wait=30`: answer when it is done.' };

@ApiTags('snapshots')
@Controller('v1/vms/:id')
export class VmSnapshotsController {
  constructor(
    @Inject(Database) private readonly database: Database,
    @Inject(SnapshotChanges) private readonly changes: SnapshotChanges,
    @Inject(VmChanges) private readonly vmChanges: VmChanges,
    @Inject(CreateSnapshot) private readonly createSnapshot: CreateSnapshot,
    @Inject(CloneVm) private readonly cloneVm: CloneVm,
  ) {}

  @Post('snapshots')
  @HttpCode(201)
  @Requires('vms:write')
  @Versioned(vmVersion, snapshotVersion)
  @DryRun()
  @Fails('already_exists', 'storage_full', 'unsupported', 'quota_exceeded')
  @ApiOperation({ summary: 'Take a snapshot of a VM' })
  @ApiHeader(PREFER)
  @ApiCreatedResponse({ type: SnapshotChangeView })
  async create(
    @Param('id') id: string,
    @Body() input: CreateSnapshotInput,
    @CallerOf() caller: Caller,
    @Headers('prefer') prefer: string | undefined,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const how = { status: 201, waitMs: waitOf(prefer) } as const;
    const answer = await this.changes.answer(caller, how, (tx) =>
      this.createSnapshot.execute(tx, caller, id, input),
    );
    send(reply, answer);
  }

  @Get('snapshots')
  @Requires('vms:read')
  @ApiOperation({ summary: 'Snapshots of a VM, oldest first' })
  @ApiOkResponse({ type: SnapshotListView })
  async list(
    @Param('id') id: string,
    @Query() query: ListVmSnapshotsQuery,
    @CallerOf() caller: Caller,
  ): Promise<SnapshotListView> {
    return this.database.read(async (tx) => {
      const { vm } = await findVm(tx, caller, id);
      const wish = { ...wishOf(query, caller), vm: vm.id };
      const page = await tx.snapshots.page(wish);
      return { ...page, items: page.items.map(snapshotView) };
    });
  }

  @Post('clone')
  @HttpCode(201)
  @Requires('vms:write')
  @Versioned(vmVersion)
  @DryRun()
  @Fails(...NEW_VM, 'snapshot_missing')
  @ApiOperation({ summary: 'Make a new VM with copies of the disks of this one' })
  @ApiHeader(PREFER)
  @ApiCreatedResponse({ type: VmChangeView })
  async clone(
    @Param('id') id: string,
    @Body() input: CloneVmInput,
    @CallerOf() caller: Caller,
    @Headers('prefer') prefer: string | undefined,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const how = { status: 201, waitMs: waitOf(prefer) } as const;
    const work = (tx: Parameters<CloneVm['execute']>[0]) => this.cloneVm.execute(tx, caller, id, input);
    send(reply, await this.vmChanges.answer(caller, how, work));
  }
}
