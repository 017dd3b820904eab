import {
  Body,
  Controller,
  Delete,
  Get,
  Headers,
  HttpCode,
  Inject,
  Param,
  Post,
  Query,
  Res,
} from '@nestjs/common';
import {
  ApiCreatedResponse,
  ApiNoContentResponse,
  ApiOkResponse,
  ApiOperation,
  ApiTags,
} from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import {
  CreateTemplateInput,
  ListTemplatesQuery,
  TemplateChangeView,
  TemplateListView,
  TemplateView,
} from '#libs/contracts/http';
import { Database, type Tx } from '../db-operator/index.js';
import {
  type Caller,
  CallerOf,
  ChangeRunner,
  DryRun,
  Fails,
  Requires,
  send,
  Versioned,
  waitOf,
  wishOf,
} from '../http/index.js';
import { OperationWaiter, operationView } from '../operations/index.js';
import { CreateTemplate } from './create-template.usecase.js';
import { DeleteTemplate } from './delete-template.usecase.js';
import { findTemplate } from './find-template.js';
import { FinishImport } from './finish-import.js';
import { ImportTemplates } from './import-template.usecase.js';
import { templateVersion } from './template-version.js';
import { templateView } from './template-view.js';

@ApiTags('templates')
@Controller('v1/templates')
export class TemplatesController {
  constructor(
    @Inject(Database) private readonly database: Database,
    @Inject(ChangeRunner) private readonly changes: ChangeRunner,
    @Inject(OperationWaiter) private readonly waiter: OperationWaiter,
    @Inject(CreateTemplate) private readonly createTemplate: CreateTemplate,
    @Inject(DeleteTemplate) private readonly deleteTemplate: DeleteTemplate,
    @Inject(ImportTemplates) private readonly imports: ImportTemplates,
    @Inject(FinishImport) private readonly finish: FinishImport,
  ) {}

  @Post()
  @Requires('templates:write')
  @Versioned(templateVersion)
  @DryRun()
  @Fails(
    'already_exists',
    'image_rejected',
    'image_unsafe',
    'source_refused',
    'source_failed',
    'storage_full',
    'placement_failed',
    'host_unreachable',
  )
  @ApiOperation({ summary: 'Make a template from an upload, a URL, a file of the server or a stopped VM' })
  @ApiCreatedResponse({ type: TemplateChangeView })
  async create(
    @Body() input: CreateTemplateInput,
    @CallerOf() caller: Caller,
    @Headers('prefer') prefer: string | undefined,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    let made: { templateId: string; operationId: string } | undefined;
    const answer = await this.changes.run(caller, async (tx) => {
      made = await this.createTemplate.execute(tx, caller, input);
      const headers = { location: `/v1/operations/${made.operationId}` };
      return { status: 201, headers, body: await render(tx, made) };
    });
    if (!caller.rehearsal) this.imports.wake();
    const waitMs = caller.rehearsal ? 0 : waitOf(prefer);
    if (waitMs > 0 && made) {
      const { operationId, templateId } = made;
      await this.waiter.untilEnd(operationId, waitMs);
      answer.body = await this.database.read((tx) => render(tx, { operationId, templateId }));
    }
    send(reply, answer);
  }

  @Get()
  @Requires('templates:read')
  @ApiOperation({ summary: 'List templates' })
  @ApiOkResponse({ type: TemplateListView })
  async list(@Query() query: ListTemplatesQuery, @CallerOf() caller: Caller): Promise<TemplateListView> {
    const page = await this.database.read((tx) => tx.templates.page(wishOf(query, caller)));
    return { ...page, items: page.items.map(templateView) };
  }

  @Get(':id')
  @Requires('templates:read')
  @Versioned(templateVersion)
  @ApiOperation({ summary: 'Get a template by id, name or family' })
  @ApiOkResponse({ type: TemplateView })
  async get(@Param('id') id: string, @CallerOf() caller: Caller): Promise<TemplateView> {
    return templateView(await this.database.read((tx) => findTemplate(tx, caller, id)));
  }

  @Delete(':id')
  @HttpCode(204)
  @Requires('templates:write')
  @Versioned(templateVersion)
  @DryRun()
  @ApiOperation({ summary: 'Delete a template that no VM and no disk is made of' })
  @ApiNoContentResponse()
  async remove(
    @Param('id') id: string,
    @CallerOf() caller: Caller,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    let orphan: string | undefined;
    const answer = await this.changes.run(caller, async (tx) => {
      orphan = await this.deleteTemplate.execute(tx, caller, id);
      return { status: 204, headers: {}, body: null };
    });
    if (orphan && !caller.rehearsal) await this.finish.removeUnused(orphan);
    send(reply, answer);
  }
}

async function render(
  tx: Tx,
  { templateId, operationId }: { templateId: string; operationId: string },
): Promise<TemplateChangeView> {
  const operation = await tx.operations.get(operationId);
  if (!operation) throw new Error(`operation ${operationId} is gone`);
  return {
    template: templateView(await findTemplate(tx, { project: null }, templateId)),
    operation: operationView(operation),
  };
}
