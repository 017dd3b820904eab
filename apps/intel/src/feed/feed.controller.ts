import { Controller, Get, Headers, Inject, Query, Res } from '@nestjs/common';
import { ApiHeader, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { CLOCK, type Clock } from '#libs/clock';
import { EventListView, ListEventsQuery, PAGE_DEFAULT } from '#libs/contracts/http';
import { Database, type FactFilter } from '../db-operator/index.js';
import { type Caller, CallerOf, invalidInput, Requires } from '../http/index.js';
import { eventView } from './event-view.js';
import { FeedTail } from './feed-tail.js';
import { StreamFeed } from './stream-feed.js';

@ApiTags('events')
@Controller('v1/events')
export class FeedController {
  constructor(
    @Inject(Database) private readonly database: Database,
    @Inject(FeedTail) private readonly tail: FeedTail,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  @Get()
  @Requires('events:read')
  @ApiOperation({
    summary: 'What happened: a list, newest first, or with `Accept: text/event-stream` a stream that goes on',
  })
  @ApiHeader({
    name: 'Last-Event-ID',
    required: false,
    description: 'Streams go on behind this id; without it they begin now.',
    schema: { type: 'string', pattern: '^[0-9]{1,15}$' },
  })
  @ApiOkResponse({ type: EventListView })
  async list(
    @Query() query: ListEventsQuery,
    @Headers('accept') accept: string | undefined,
    @Headers('last-event-id') lastEventId: string | undefined,
    @CallerOf() caller: Caller,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const filter: FactFilter = {
      project: query.project,
      within: caller.project ?? undefined,
      resourceKind: query.resourceKind,
      resourceId: query.resource,
      type: query.type,
      since: query.since,
      until: query.until,
    };
    if (accept?.includes('text/event-stream')) return this.stream(reply, filter, numberOf(lastEventId));
    const { cursor, sort, limit = PAGE_DEFAULT } = query;
    const page = await this.database.read((tx) => tx.facts.page({ ...filter, limit, cursor, sort }));
    await reply.send({ ...page, items: page.items.map(eventView) });
  }

  private async stream(reply: FastifyReply, filter: FactFilter, after: number | undefined): Promise<void> {
    reply.hijack();
    const reader = new StreamFeed(this.database, this.tail, this.clock, {
      response: reply.raw,
      filter,
      after,
    });
    await reader.run(this.database.closing);
  }
}

function numberOf(lastEventId: string | undefined): number | undefined {
  if (lastEventId === undefined || lastEventId === '') return undefined;
  if (/^\d{1,15}$/.test(lastEventId)) return Number(lastEventId);
  throw invalidInput([{ field: 'Last-Event-ID', code: 'invalid', message: 'must be the id of an event' }]);
}
