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
  BackupChangeView,
  BackupListView,
  BackupView,
  DeleteBackupQuery,
  ListBackupsQuery,
  RestoreBackupInput,
  VmChangeView,
} from '#libs/contracts/http';
import { Database, type Tx } from '../db-operator/index.js';
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
import { VmChanges, vmVersion } from '../vms/index.js';
import { BackupChanges } from './backup-changes.js';
import { backupVersion } from './backup-version.js';
import { backupView } from './backup-view.js';
import { DeleteBackup } from './delete-backup.usecase.js';
import { findBackup } from './find-backup.js';
import { RestoreBackup } from './restore-backup.usecase.js';
import { VerifyBackup } from './verify-backup.usecase.js';

const PREFER = { name: 'Prefer', required: false, description: '`wait=30`: answer when it is done.' };

@ApiTags('backups')
@Controller('v1/backups')
export class BackupsController {
  constructor(
    @Inject(Database) private readonly database: Database,
    @Inject(BackupChanges) private readonly changes: BackupChanges,
    @Inject(VmChanges) private readonly vmChanges: VmChanges,
    @Inject(DeleteBackup) private readonly deleteBackup: DeleteBackup,
    @Inject(VerifyBackup) private readonly verifyBackup: VerifyBackup,
    @Inject(RestoreBackup) private readonly restoreBackup: RestoreBackup,
  ) {}

  @Get()
  @Requires('vms:read')
  @ApiOperation({ summary: 'List backups, newest first; also those of VMs that are gone' })
  @ApiOkResponse({ type: BackupListView })
  async list(@Query() query: ListBackupsQuery, @CallerOf() caller: Caller): Promise<BackupListView> {
    const page = await this.database.read((tx) => tx.backups.page(wishOf(query, caller)));
    return { ...page, items: page.items.map(backupView) };
  }

  @Get(':id')
  @Requires('vms:read')
  @Versioned(backupVersion)
  @ApiOperation({ summary: 'Get a backup' })
  @ApiOkResponse({ type: BackupView })
  async get(@Param('id') id: string, @CallerOf() caller: Caller): Promise<BackupView> {
    return backupView(await this.database.read((tx) => findBackup(tx, caller, id)));
  }

  @Delete(':id')
  @HttpCode(202)
  @Requires('vms:write')
  @Versioned(backupVersion)
  @DryRun()
  @Fails('pool_unavailable', 'backup_damaged')
  @ApiOperation({ summary: 'Delete a backup that no other adds to; `cascade=true` deletes those as well' })
  @ApiHeader(PREFER)
  @ApiAcceptedResponse({ type: BackupChangeView })
  async remove(
    @Param('id') id: string,
    @Query() query: DeleteBackupQuery,
    @CallerOf() caller: Caller,
    @Headers('prefer') prefer: string | undefined,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const how = query.cascade === 'true' ? 'with-dependents' : 'alone';
    const work = (tx: Tx) => this.deleteBackup.execute(tx, caller, id, how);
    send(reply, await this.changes.answer(caller, { status: 202, waitMs: waitOf(prefer) }, work));
  }

  @Post(':id/verify')
  @HttpCode(202)
  @Requires('vms:write')
  @Versioned(backupVersion)
  @DryRun()
  @Fails('pool_unavailable', 'backup_damaged')
  @ApiOperation({ summary: 'Read a backup again and compare it with its checksums' })
  @ApiHeader(PREFER)
  @ApiAcceptedResponse({ type: BackupChangeView })
  async verify(
    @Param('id') id: string,
    @CallerOf() caller: Caller,
    @Headers('prefer') prefer: string | undefined,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const work = (tx: Tx) => this.verifyBackup.execute(tx, caller, id);
    send(reply, await this.changes.answer(caller, { status: 202, waitMs: waitOf(prefer) }, work));
  }

  @Post(':id/restore')
  @HttpCode(202)
  @Requires('vms:write')
  @Versioned(backupVersion, vmVersion)
  @DryRun()
  @Fails(...NEW_VM, 'backup_damaged')
  @ApiOperation({ summary: 'Make a new VM of a backup, or put its disks into the VM that it was made of' })
  @ApiHeader(PREFER)
  @ApiAcceptedResponse({ type: VmChangeView })
  async restore(
    @Param('id') id: string,
    @Body() input: RestoreBackupInput,
    @CallerOf() caller: Caller,
    @Headers('prefer') prefer: string | undefined,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const work = (tx: Tx) => this.restoreBackup.execute(tx, caller, id, input);
    send(reply, await this.vmChanges.answer(caller, { status: 202, waitMs: waitOf(prefer) }, work));
  }
}
