import { Body, Controller, Get, Inject, Param, Patch, Query, Res } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { ListPoolsQuery, PatchPoolInput, PoolListView, PoolView } from '#libs/contracts/http';
import { Database } from '../db-operator/index.js';
import {
  type Caller,
  CallerOf,
  ChangeRunner,
  DryRun,
  Requires,
  send,
  Versioned,
  wishOf,
} from '../http/index.js';
import { audit } from '../operations/index.js';
import { findPool } from './find-pool.js';
import { poolVersion } from './pool-version.js';
import { poolView } from './pool-view.js';

/** Pools are made by the hosts that declare them; here they are seen and limited. */
@ApiTags('pools')
@Controller('v1/pools')
export class PoolsController {
  constructor(
    @Inject(Database) private readonly database: Database,
    @Inject(ChangeRunner) private readonly changes: ChangeRunner,
  ) {}

  @Get()
  @Requires('pools:read')
  @ApiOperation({ summary: 'List pools' })
  @ApiOkResponse({ type: PoolListView })
  async list(@Query() query: ListPoolsQuery, @CallerOf() caller: Caller): Promise<PoolListView> {
    const page = await this.database.read((tx) => tx.pools.page(wishOf(query, caller)));
    return { ...page, items: page.items.map(poolView) };
  }

  @Get(':id')
  @Requires('pools:read')
  @Versioned(poolVersion)
  @ApiOperation({ summary: 'Get a pool by id, or by a name that only one has' })
  @ApiOkResponse({ type: PoolView })
  async get(@Param('id') id: string): Promise<PoolView> {
    return poolView(await this.database.read((tx) => findPool(tx, id)));
  }

  @Patch(':id')
  @Requires('pools:manage')
  @Versioned(poolVersion)
  @DryRun()
  @ApiOperation({ summary: 'Change how much a pool may promise and how full it may be' })
  @ApiOkResponse({ type: PoolView })
  async patch(
    @Param('id') id: string,
    @Body() { overcommit, watermarkPercent }: PatchPoolInput,
    @CallerOf() caller: Caller,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const answer = await this.changes.run(caller, async (tx) => {
      const { pool } = await findPool(tx, id);
      const change = {
        ...(overcommit != null && { overcommitPercent: Math.round(overcommit * 100) }),
        ...(watermarkPercent != null && { watermarkPercent }),
      };
      if (Object.keys(change).length > 0) await tx.pools.change(pool.id, change);
      await audit(
        tx,
        caller,
        'pool.update',
        { kind: 'pool', id: pool.id, name: pool.name, project: null },
        null,
      );
      return { status: 200, headers: {}, body: poolView(await findPool(tx, pool.id)) };
    });
    send(reply, answer);
  }
}
