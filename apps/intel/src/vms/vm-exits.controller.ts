import { Controller, Get, Inject, Param, Query, Res } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiProduces, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import {
  CONSOLE_LOG_BYTES_DEFAULT,
  ConsoleLogQuery,
  ExitListView,
  ExitView,
  PAGE_DEFAULT,
  PageQuery,
} from '#libs/contracts/http';
import { VmanError } from '#libs/errors';
import { Database } from '../db-operator/index.js';
import { type Caller, CallerOf, Fails, Requires } from '../http/index.js';
import { exitSummaryView, exitView } from './exit-view.js';
import { findVm } from './find-vm.js';
import { ReadConsoleLog } from './read-console-log.usecase.js';

/** What is left of the QEMU processes of a VM, and what its guest says. */
@ApiTags('vms')
@Controller('v1/vms/:id')
export class VmExitsController {
  constructor(
    @Inject(Database) private readonly database: Database,
    @Inject(ReadConsoleLog) private readonly readConsoleLog: ReadConsoleLog,
  ) {}

  @Get('exits')
  @Requires('vms:read')
  @ApiOperation({ summary: 'How the last QEMU processes of a VM ended, newest first' })
  @ApiOkResponse({ type: ExitListView })
  async list(
    @Param('id') id: string,
    @Query() { limit = PAGE_DEFAULT, cursor }: PageQuery,
    @CallerOf() caller: Caller,
  ): Promise<ExitListView> {
    return this.database.read(async (tx) => {
      const { vm } = await findVm(tx, caller, id);
      const page = await tx.exits.page(vm.id, limit, cursor);
      return { ...page, items: page.items.map(exitSummaryView) };
    });
  }

  @Get('exits/:sequence')
  @Requires('vms:read')
  @ApiOperation({ summary: 'The death certificate of one QEMU process, with its last words' })
  @ApiOkResponse({ type: ExitView })
  async get(
    @Param('id') id: string,
    @Param('sequence') sequence: string,
    @CallerOf() caller: Caller,
  ): Promise<ExitView> {
    const row = await this.database.read(async (tx) => {
      const { vm } = await findVm(tx, caller, id);
      return /^[1-9]\d{0,14}$/.test(sequence) ? tx.exits.get(vm.id, Number(sequence)) : undefined;
    });
    if (!row) throw new VmanError('not_found', 'There is no such exit; the last 20 of a VM are kept.');
    return exitView(row);
  }

  @Get('console-log')
  @Requires('vms:read')
  @Fails('host_unreachable', 'deadline_exceeded')
  @ApiOperation({ summary: 'The end of what the guest wrote to its serial console' })
  @ApiProduces('text/plain')
  @ApiOkResponse({
    schema: { type: 'string' },
    headers: {
      'X-Console-Log-Source': {
        description: '`host`, or `exit-<sequence>` when the host is away: the last words before that exit.',
        schema: { type: 'string', maxLength: 30, pattern: '^(host|exit-[0-9]+)$' },
      },
    },
  })
  async consoleLog(
    @Param('id') id: string,
    @Query() query: ConsoleLogQuery,
    @CallerOf() caller: Caller,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const bytes = query.tailBytes ?? CONSOLE_LOG_BYTES_DEFAULT;
    const { content, source } = await this.readConsoleLog.execute(caller, id, bytes);
    void reply
      .header('x-console-log-source', source)
      .type('text/plain; charset=utf-8')
      .send(Buffer.from(content));
  }
}
