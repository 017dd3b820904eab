import { Body, Controller, Headers, HttpCode, Inject, Param, Post, Res } from '@nestjs/common';
import { ApiCreatedResponse, ApiHeader, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { BackupChangeView, CreateBackupInput } from '#libs/contracts/http';
import { type Caller, CallerOf, DryRun, Fails, Requires, send, Versioned, waitOf } from '../http/index.js';
import { vmVersion } from '../vms/index.js';
import { BackupChanges } from './backup-changes.js';
import { backupVersion } from './backup-version.js';
import { CreateBackup } from './create-backup.usecase.js';

@ApiTags('backups')
@Controller('v1/vms/:id/backups')
export class VmBackupsController {
  constructor(
    @Inject(BackupChanges) private readonly changes: BackupChanges,
    @Inject(CreateBackup) private readonly createBackup: CreateBackup,
  ) {}

  @Post()
  @HttpCode(201)
  @Requires('vms:write')
  @Versioned(vmVersion, backupVersion)
  @DryRun()
  @Fails('pool_unavailable', 'storage_full', 'backup_damaged', 'unsupported')
  @ApiOperation({ summary: 'Back the attached disks of a VM up, while it runs or while it is off' })
  @ApiHeader({ name: 'Prefer', required: false, description: '`wait=30`: answer when it is done.' })
  @ApiCreatedResponse({ type: BackupChangeView })
  async create(
    @Param('id') id: string,
    @Body() input: CreateBackupInput,
    @CallerOf() caller: Caller,
    @Headers('prefer') prefer: string | undefined,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const answer = await this.changes.answer(caller, { status: 201, waitMs: waitOf(prefer) }, (tx) =>
      this.createBackup.execute(tx, caller, id, input),
    );
    send(reply, answer);
  }
}
