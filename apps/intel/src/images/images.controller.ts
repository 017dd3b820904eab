import { Controller, Get, Headers, Inject, Param, Res } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { CLOCK, type Clock } from '#libs/clock';
import { VmanError } from '#libs/errors';
import { Public } from '../http/index.js';
import { ImageStore } from '../templates/index.js';
import { byteRange } from './byte-range.js';
import { ticketIsGood } from './ticket.js';
import { TicketKey } from './ticket-key.js';

/** Images for hosts: opened by a ticket from the bus, never by an API token. */
@ApiExcludeController()
@Controller('internal/images')
export class ImagesController {
  constructor(
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(ImageStore) private readonly store: ImageStore,
    @Inject(TicketKey) private readonly ticketKey: TicketKey,
  ) {}

  @Get(':digest')
  @Public()
  async read(
    @Param('digest') digest: string,
    @Headers('authorization') authorization: string | undefined,
    @Headers('range') rangeHeader: string | undefined,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const ticket = /^Bearer ([!-~]+)$/.exec(authorization ?? '')?.[1] ?? '';
    if (!ticketIsGood(await this.ticketKey.value(), digest, ticket, this.clock.now())) {
      throw new VmanError('unauthorized', 'The ticket is not valid for this image.');
    }
    const { file, bytes } = await this.store.read(digest);
    const range = byteRange(rangeHeader, bytes);
    void reply
      .header('accept-ranges', 'bytes')
      .header('etag', `"${digest}"`)
      .type('application/octet-stream');
    if (range === 'unsatisfiable') {
      await file.close();
      void reply.status(416).header('content-range', `bytes */${bytes}`).send();
      return;
    }
    const { start, end } = range ?? { start: 0, end: bytes - 1 };
    if (range) void reply.status(206).header('content-range', `bytes ${start}-${end}/${bytes}`);
    void reply.header('content-length', end - start + 1).send(file.createReadStream({ start, end }));
  }
}
