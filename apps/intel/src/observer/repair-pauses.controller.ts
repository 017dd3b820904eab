import { Body, Controller, Delete, Get, HttpCode, Inject, Param, Post, Query, Res } from '@nestjs/common';
import {
  ApiCreatedResponse,
  ApiNoContentResponse,
  ApiOkResponse,
  ApiOperation,
  ApiTags,
} from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import {
  CreateRepairPauseInput,
  ListRepairPausesQuery,
  RepairPauseListView,
  RepairPauseView,
} from '#libs/contracts/http';
import { Database } from '../db-operator/index.js';
import {
  type Caller,
  CallerOf,
  ChangeRunner,
  DryRun,
  Fails,
  Requires,
  send,
  Versioned,
  wishOf,
} from '../http/index.js';
import { findPause } from './find-pause.js';
import { pauseVersion } from './pause-version.js';
import { pauseView } from './pause-view.js';
import { RepairPauses } from './repair-pauses.js';

@ApiTags('drifts')
@Controller('v1/repair-pauses')
export class RepairPausesController {
  constructor(
    @Inject(Database) private readonly database: Database,
    @Inject(ChangeRunner) private readonly changes: ChangeRunner,
    @Inject(RepairPauses) private readonly pauses: RepairPauses,
  ) {}

  @Post()
  @Fails('not_found')
  @Requires('repairs:pause')
  @Versioned(pauseVersion)
  @DryRun()
  @ApiOperation({
    summary: 'Pause repairs of a VM, a host or the fleet, until a time at which it ends by itself',
  })
  @ApiCreatedResponse({ type: RepairPauseView })
  async create(
    @Body() input: CreateRepairPauseInput,
    @CallerOf() caller: Caller,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const answer = await this.changes.run(caller, async (tx) => {
      const body = await this.pauses.begin(tx, caller, input);
      return { status: 201, headers: { location: `/v1/repair-pauses/${body.id}` }, body };
    });
    send(reply, answer);
  }

  @Get()
  @Requires('drifts:read')
  @ApiOperation({ summary: 'List the pauses of repairs that are in force' })
  @ApiOkResponse({ type: RepairPauseListView })
  async list(
    @Query() query: ListRepairPausesQuery,
    @CallerOf() caller: Caller,
  ): Promise<RepairPauseListView> {
    const page = await this.database.read((tx) => tx.repairPauses.page(wishOf(query, caller)));
    return { ...page, items: page.items.map(pauseView) };
  }

  @Get(':id')
  @Requires('drifts:read')
  @Versioned(pauseVersion)
  @ApiOperation({ summary: 'Get a pause of repairs that is in force' })
  @ApiOkResponse({ type: RepairPauseView })
  async get(@Param('id') id: string, @CallerOf() caller: Caller): Promise<RepairPauseView> {
    return this.database.read(async (tx) => pauseView(await findPause(tx, caller, id)));
  }

  @Delete(':id')
  @HttpCode(204)
  @Requires('repairs:pause')
  @Versioned(pauseVersion)
  @DryRun()
  @ApiOperation({ summary: 'End a pause of repairs before its time' })
  @ApiNoContentResponse()
  async remove(
    @Param('id') id: string,
    @CallerOf() caller: Caller,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const answer = await this.changes.run(caller, async (tx) => {
      await this.pauses.end(tx, caller, id);
      return { status: 204, headers: {}, body: null };
    });
    send(reply, answer);
  }
}
