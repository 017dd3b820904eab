import { Readable } from 'node:stream';
import { Controller, Get, Inject, Query, Res } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiProduces, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { AuditFilterQuery, AuditListView, ListAuditQuery } from '#libs/contracts/http';
import { Database, type ListWish } from '../db-operator/index.js';
import { type Caller, CallerOf, Requires, wishOf } from '../http/index.js';
import { auditView } from './audit-view.js';

const EXPORT_PAGE = 1000;
const NDJSON = 'application/x-ndjson';

/** Who changed what, or was refused to. A token that is bound to a project sees the rows of that alone. */
@ApiTags('audit')
@Controller('v1/audit')
export class AuditController {
  constructor(@Inject(Database) private readonly database: Database) {}

  @Get()
  @Requires('audit:read')
  @ApiOperation({ summary: 'List the audit' })
  @ApiOkResponse({ type: AuditListView })
  async list(@Query() query: ListAuditQuery, @CallerOf() caller: Caller): Promise<AuditListView> {
    const page = await this.database.read((tx) => tx.audit.page(wishOf(query, caller)));
    return { ...page, items: page.items.map(auditView) };
  }

  @Get('export')
  @Requires('audit:read')
  @ApiOperation({ summary: 'The whole audit, one JSON object a line' })
  @ApiProduces(NDJSON)
  @ApiOkResponse({
    content: { [NDJSON]: { schema: { type: 'string', description: 'Each line as in the list.' } } },
  })
  async export(
    @Query() query: AuditFilterQuery,
    @CallerOf() caller: Caller,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const lines = this.lines(wishOf({ ...query, limit: EXPORT_PAGE }, caller));
    const first = await lines.next();
    await reply
      .header('content-disposition', 'attachment; filename="vman-audit.ndjson"')
      .type(NDJSON)
      .send(Readable.from(continued(first, lines)));
  }

  /** A page at a time, read when the one before was taken: a slow reader costs no memory. */
  private async *lines(wish: ListWish): AsyncGenerator<string, void, undefined> {
    for (let cursor: string | undefined; ; ) {
      const page = await this.database.read((tx) => tx.audit.page({ ...wish, cursor }));
      if (page.items.length > 0) yield page.items.map((it) => `${JSON.stringify(auditView(it))}\n`).join('');
      cursor = page.nextCursor;
      if (cursor === undefined) return;
    }
  }
}

/** The first page was read before the answer began, so that a fault is still answered as one. */
async function* continued(
  first: IteratorResult<string, void>,
  rest: AsyncGenerator<string, void, undefined>,
): AsyncGenerator<string, void, undefined> {
  if (first.done) return;
  yield first.value;
  yield* rest;
}
