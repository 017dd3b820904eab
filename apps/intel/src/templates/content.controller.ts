import { Controller, Headers, HttpCode, Inject, Param, Put, Req } from '@nestjs/common';
import {
  ApiBody,
  ApiConsumes,
  ApiExcludeController,
  ApiOkResponse,
  ApiOperation,
  ApiTags,
} from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import { CLOCK, type Clock, delay } from '#libs/clock';
import { TemplateView } from '#libs/contracts/http';
import { VmanError } from '#libs/errors';
import { Database } from '../db-operator/index.js';
import { type Caller, CallerOf, Fails, NoDryRun, Public, Requires, Unversioned } from '../http/index.js';
import { TicketKey, ticketIsGood, uploadSubject } from '../images/index.js';
import { findTemplate, ownTemplate } from './find-template.js';
import { templateView } from './template-view.js';
import { type Upload, UploadTemplate } from './upload-template.usecase.js';

const DRAIN_MS = 1_000;
const LOOK_MS = 10;

@ApiTags('templates')
@Controller('v1/templates')
export class TemplateContentController {
  constructor(
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(Database) private readonly database: Database,
    @Inject(UploadTemplate) private readonly upload: UploadTemplate,
  ) {}

  @Put(':id/content')
  @HttpCode(200)
  @Requires('templates:write')
  @NoDryRun('The image itself is what would have to be looked at.')
  @Unversioned('Of two uploads at once, one is refused by the state of the template.')
  @Fails('image_rejected', 'image_unsafe', 'upload_interrupted', 'storage_full', 'cancelled')
  @ApiOperation({ summary: 'Upload the image of a template that was created with the source upload' })
  @ApiConsumes('application/octet-stream')
  @ApiBody({ schema: { type: 'string', format: 'binary' } })
  @ApiOkResponse({ type: TemplateView })
  async put(
    @Param('id') id: string,
    @CallerOf() caller: Caller,
    @Req() request: FastifyRequest,
  ): Promise<TemplateView> {
    const template = await this.database.read((tx) => ownTemplate(tx, caller, id));
    if (request.headers['content-type'] !== 'application/octet-stream') {
      throw new VmanError('unsupported_media_type', 'An image is sent as application/octet-stream.');
    }
    if (template.sourceType === 'vm') throw new VmanError('invalid_state', 'Its host uploads it.');
    await this.upload.execute(template, bodyOf(request)).catch(async (error) => {
      await letGo(this.clock, request);
      throw error;
    });
    return templateView(await this.database.read((tx) => findTemplate(tx, caller, template.id)));
  }
}

/** The same for hosts: opened by the ticket of their command, never by an API token. */
@ApiExcludeController()
@Controller('internal/templates')
export class TemplateExportController {
  constructor(
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(Database) private readonly database: Database,
    @Inject(TicketKey) private readonly ticketKey: TicketKey,
    @Inject(UploadTemplate) private readonly upload: UploadTemplate,
  ) {}

  @Put(':id/content')
  @HttpCode(204)
  @Public()
  async put(
    @Param('id') id: string,
    @Headers('authorization') authorization: string | undefined,
    @Req() request: FastifyRequest,
  ): Promise<void> {
    const ticket = /^Bearer ([!-~]+)$/.exec(authorization ?? '')?.[1] ?? '';
    if (!ticketIsGood(await this.ticketKey.value(), uploadSubject(id), ticket, this.clock.now())) {
      throw new VmanError('unauthorized', 'The ticket is not valid for this template.');
    }
    const template = await this.database.read((tx) => findTemplate(tx, { project: null }, id));
    // Sent again by a host that did not hear the answer.
    if (template.state === 'ready') return letGo(this.clock, request);
    await this.upload.execute(template, bodyOf(request)).catch(async (error) => {
      await letGo(this.clock, request);
      throw error;
    });
  }
}

function bodyOf({ raw, headers }: FastifyRequest): Upload {
  const length = headers['content-length'];
  // A refusal is answered on the same connection: the body is let go of, not destroyed.
  const body = raw.iterator({ destroyOnReturn: false });
  return { body, totalBytes: length === undefined ? undefined : Number(length) };
}

/**
 * The rest of a body that nobody wants is read for a while, so that its sender hears the answer and the connection is
 * a good one again; then it ends.
 */
async function letGo(clock: Clock, { raw }: FastifyRequest): Promise<void> {
  const { socket } = raw;
  raw.resume();
  for (let waitedMs = 0; !raw.complete && !socket.destroyed && waitedMs < DRAIN_MS; waitedMs += LOOK_MS) {
    await delay(clock, LOOK_MS);
  }
  clock.setTimeout(() => {
    if (!raw.complete) socket.destroy();
  }, DRAIN_MS);
}
