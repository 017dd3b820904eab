import { Controller, Get, HttpCode, Inject, Param, Post, Query, Res } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import {
  GetOperationQuery,
  ListOperationsQuery,
  OperationListView,
  OperationView,
  secondsOf,
} from '#libs/contracts/http';
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
import { CancelOperation } from './cancel-operation.usecase.js';
import { visibleOperation } from './find-operation.js';
import { operationVersion } from './operation-version.js';
import { operationView } from './operation-view.js';
import { OperationWaiter } from './operation-waiter.js';

@ApiTags('operations')
@Controller('v1/operations')
export class OperationsController {
  constructor(
    @Inject(Database) private readonly database: Database,
    @Inject(OperationWaiter) private readonly waiter: OperationWaiter,
    @Inject(ChangeRunner) private readonly changes: ChangeRunner,
    @Inject(CancelOperation) private readonly cancelling: CancelOperation,
  ) {}

  @Get()
  @Requires('operations:read')
  @ApiOperation({ summary: 'List operations, newest first' })
  @ApiOkResponse({ type: OperationListView })
  async list(@Query() query: ListOperationsQuery, @CallerOf() caller: Caller): Promise<OperationListView> {
    const page = await this.database.read((tx) => tx.operations.page(wishOf(query, caller)));
    return { ...page, items: page.items.map(operationView) };
  }

  @Get(':id')
  @Requires('operations:read')
  @Versioned(operationVersion)
  @ApiOperation({
    summary: 'Get an operation; `wait` holds the answer back until it has ended, or has changed since',
  })
  @ApiOkResponse({ type: OperationView })
  async get(
    @Param('id') id: string,
    @Query() query: GetOperationQuery,
    @CallerOf() caller: Caller,
  ): Promise<OperationView> {
    const read = () =>
      this.database.read((tx) => visibleOperation(caller, id, (it) => tx.operations.get(it)));
    const operation = await read();
    const seconds = query.wait === undefined ? 0 : (secondsOf(query.wait) ?? 0);
    if (operation.finishedAt || seconds === 0) return operationView(operation);
    const { changedSince } = query;
    if (changedSince === undefined) await this.waiter.untilEnd(operation.id, seconds * 1000);
    else await this.waiter.untilChange(operation.id, new Date(changedSince), seconds * 1000);
    return operationView(await read());
  }

  @Post(':id/cancel')
  @HttpCode(200)
  @Requires('operations:cancel')
  @Versioned(operationVersion)
  @DryRun()
  @ApiOperation({
    summary:
      'Cancel a change of power that has not begun, a shutdown that waits for the guest, a backup, or the import of an image',
  })
  @ApiOkResponse({ type: OperationView })
  async cancel(
    @Param('id') id: string,
    @CallerOf() caller: Caller,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const answer = await this.changes.run(caller, async (tx) => {
      const operation = await this.cancelling.execute(tx, caller, id);
      return { status: 200, headers: {}, body: operationView(operation) };
    });
    send(reply, answer);
  }
}
