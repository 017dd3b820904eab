import {
  Body,
  Controller,
  Delete,
  Get,
  Headers,
  HttpCode,
  Inject,
  Param,
  Post,
  Query,
  Res,
} from '@nestjs/common';
import { ApiAcceptedResponse, ApiHeader, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import {
  ListSnapshotsQuery,
  RestoreSnapshotInput,
  SnapshotChangeView,
  SnapshotListView,
  SnapshotView,
  VmChangeView,
} from '#libs/contracts/http';
import { Database } from '../db-operator/index.js';
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
import { VmChanges, vmVersion } from '../vms/index.js';
import { DeleteSnapshot } from './delete-snapshot.usecase.js';
import { findSnapshot } from './find-snapshot.js';
import { RestoreSnapshot } from './restore-snapshot.usecase.js';
import { SnapshotChanges } from './snapshot-changes.js';
import { snapshotVersion } from './snapshot-version.js';
import { snapshotView } from './snapshot-view.js';

const PREFER = { name: 'Prefer', required: false, description: '`wait=30`: answer when it is done.' };

@ApiTags('snapshots')
@Controller('v1/snapshots')
export class SnapshotsController {
  constructor(
    @Inject(Database) private readonly database: Database,
    @Inject(SnapshotChanges) private readonly changes: SnapshotChanges,
    @Inject(VmChanges) private readonly vmChanges: VmChanges,
    @Inject(DeleteSnapshot) private readonly deleteSnapshot: DeleteSnapshot,
    @Inject(RestoreSnapshot) private readonly restoreSnapshot: RestoreSnapshot,
  ) {}

  @Get()
  @Requires('vms:read')
  @ApiOperation({ summary: 'List snapshots, oldest first' })
  @ApiOkResponse({ type: SnapshotListView })
  async list(@Query() query: ListSnapshotsQuery, @CallerOf() caller: Caller): Promise<SnapshotListView> {
    const page = await this.database.read((tx) => tx.snapshots.page(wishOf(query, caller)));
    return { ...page, items: page.items.map(snapshotView) };
  }

  @Get(':id')
  @Requires('vms:read')
  @Versioned(snapshotVersion)
  @ApiOperation({ summary: 'Get a snapshot' })
  @ApiOkResponse({ type: SnapshotView })
  async get(@Param('id') id: string, @CallerOf() caller: Caller): Promise<SnapshotView> {
    return snapshotView(await this.database.read((tx) => findSnapshot(tx, caller, id)));
  }

  @Delete(':id')
  @HttpCode(202)
  @Requires('vms:write')
  @Versioned(snapshotVersion)
  @DryRun()
  @ApiOperation({ summary: 'Delete a snapshot; the others of the VM stay' })
  @ApiHeader(PREFER)
  @ApiAcceptedResponse({ type: SnapshotChangeView })
  async remove(
    @Param('id') id: string,
    @CallerOf() caller: Caller,
    @Headers('prefer') prefer: string | undefined,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const how = { status: 202, waitMs: waitOf(prefer) } as const;
    send(reply, await this.changes.answer(caller, how, (tx) => this.deleteSnapshot.execute(tx, caller, id)));
  }

  @Post(':id/restore')
  @HttpCode(202)
  @Requires('vms:write')
  @Versioned(snapshotVersion, vmVersion)
  @DryRun()
  @Fails('snapshot_missing', 'snapshot_mismatch', 'storage_full', 'address_in_use', 'quota_exceeded')
  @ApiOperation({ summary: 'Put the VM back to a snapshot' })
  @ApiHeader(PREFER)
  @ApiAcceptedResponse({ type: VmChangeView })
  async restore(
    @Param('id') id: string,
    @Body() input: RestoreSnapshotInput,
    @CallerOf() caller: Caller,
    @Headers('prefer') prefer: string | undefined,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const how = { status: 202, waitMs: waitOf(prefer) } as const;
    const work = (tx: Parameters<RestoreSnapshot['execute']>[0]) =>
      this.restoreSnapshot.execute(tx, caller, id, input);
    send(reply, await this.vmChanges.answer(caller, how, work));
  }
}
