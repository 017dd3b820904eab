import {
  Body,
  Controller,
  Delete,
  Get,
  Headers,
  HttpCode,
  Inject,
  Param,
  ParseUUIDPipe,
  Post,
  Query,
  Res,
} from '@nestjs/common';
import {
  ApiAcceptedResponse,
  ApiCreatedResponse,
  ApiOkResponse,
  ApiOperation,
  ApiTags,
} from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import {
  DiskChangeView,
  ListStrayDisksQuery,
  RestoreStrayDiskInput,
  StrayDiskListView,
  StrayDiskView,
} from '#libs/contracts/http';
import { Database, type Tx } from '../db-operator/index.js';
import { DiskChanges, diskVersion } from '../disks/index.js';
import { type Caller, CallerOf, DryRun, Requires, send, Versioned, waitOf, wishOf } from '../http/index.js';
import { INTEL_CONFIG, type IntelConfig } from '../intel.config.js';
import { DeleteStrayDisk } from './delete-stray-disk.usecase.js';
import { findStray } from './find-stray.js';
import { RestoreStrayDisk } from './restore-stray-disk.usecase.js';
import { strayDiskVersion } from './stray-disk-version.js';
import { strayDiskView } from './stray-disk-view.js';

/** Files of disks that no disk is known for: first seen, then in quarantine, then restored or destroyed. */
@ApiTags('disks')
@Controller('v1/stray-disks')
export class StrayDisksController {
  constructor(
    @Inject(Database) private readonly database: Database,
    @Inject(DiskChanges) private readonly changes: DiskChanges,
    @Inject(RestoreStrayDisk) private readonly restoreStrayDisk: RestoreStrayDisk,
    @Inject(DeleteStrayDisk) private readonly deleteStrayDisk: DeleteStrayDisk,
    @Inject(INTEL_CONFIG) private readonly config: IntelConfig,
  ) {}

  @Get()
  @Requires('pools:manage')
  @ApiOperation({ summary: 'List files in pools that no disk is known for' })
  @ApiOkResponse({ type: StrayDiskListView })
  async list(@Query() query: ListStrayDisksQuery, @CallerOf() caller: Caller): Promise<StrayDiskListView> {
    const page = await this.database.read((tx) => tx.strayDisks.page(wishOf(query, caller)));
    return { ...page, items: page.items.map((it) => strayDiskView(it, this.config.quarantineKeep)) };
  }

  @Get(':id')
  @Requires('pools:manage')
  @Versioned(strayDiskVersion)
  @ApiOperation({ summary: 'Get such a file' })
  @ApiOkResponse({ type: StrayDiskView })
  async get(@Param('id') id: string): Promise<StrayDiskView> {
    const row = await this.database.read((tx) => findStray(tx, id));
    return strayDiskView(row, this.config.quarantineKeep);
  }

  @Post(':id/restore')
  @Requires('pools:manage')
  @Versioned(strayDiskVersion, diskVersion)
  @DryRun()
  @ApiOperation({ summary: 'Make a disk of such a file' })
  @ApiCreatedResponse({ type: DiskChangeView })
  async restore(
    @Param('id', ParseUUIDPipe) id: string,
    @Body() input: RestoreStrayDiskInput,
    @CallerOf() caller: Caller,
    @Headers('prefer') prefer: string | undefined,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const work = (tx: Tx) => this.restoreStrayDisk.execute(tx, caller, id, input);
    send(reply, await this.changes.answer(caller, { status: 201, waitMs: waitOf(prefer) }, work));
  }

  @Delete(':id')
  @HttpCode(202)
  @Requires('pools:manage')
  @Versioned(strayDiskVersion, diskVersion)
  @DryRun()
  @ApiOperation({ summary: 'Destroy such a file in quarantine before its time' })
  @ApiAcceptedResponse({ type: DiskChangeView })
  async remove(
    @Param('id', ParseUUIDPipe) id: string,
    @CallerOf() caller: Caller,
    @Headers('prefer') prefer: string | undefined,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const work = (tx: Tx) => this.deleteStrayDisk.execute(tx, caller, id);
    send(reply, await this.changes.answer(caller, { status: 202, waitMs: waitOf(prefer) }, work));
  }
}
