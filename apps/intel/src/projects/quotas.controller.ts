import { Body, Controller, Get, Inject, Param, Patch, Query, Res } from '@nestjs/common';
import { ApiConsumes, ApiHeader, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { ListQuotasQuery, PatchQuotaInput, QuotaListView, QuotaView } from '#libs/contracts/http';
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
import { ChangeProject } from './change-project.usecase.js';
import { findProject } from './find-project.js';
import { quotaVersion } from './quota-version.js';
import { quotaView } from './quota-view.js';

/** What each project may take, and what it has taken. */
@ApiTags('quotas')
@Controller('v1/quotas')
export class QuotasController {
  constructor(
    @Inject(Database) private readonly database: Database,
    @Inject(ChangeRunner) private readonly changes: ChangeRunner,
    @Inject(ChangeProject) private readonly changeProject: ChangeProject,
  ) {}

  @Get()
  @Requires('projects:read')
  @ApiOperation({ summary: 'List quotas and what is used of them, by project' })
  @ApiOkResponse({ type: QuotaListView })
  async list(@Query() query: ListQuotasQuery, @CallerOf() caller: Caller): Promise<QuotaListView> {
    const page = await this.database.read((tx) => tx.projects.page(wishOf(query, caller)));
    return { ...page, items: page.items.map(quotaView) };
  }

  @Get(':id')
  @Requires('projects:read')
  @Versioned(quotaVersion)
  @ApiOperation({ summary: 'Get the quota of a project, by its id or name' })
  @ApiOkResponse({ type: QuotaView })
  async get(@Param('id') id: string, @CallerOf() caller: Caller): Promise<QuotaView> {
    const project = await this.database.read((tx) => findProject(tx, caller, id));
    return quotaView(project);
  }

  @Patch(':id')
  @Requires('quotas:manage')
  @Versioned(quotaVersion)
  @DryRun()
  @ApiOperation({ summary: 'Change the quota of a project (merge patch); null takes a limit away' })
  @ApiConsumes('application/merge-patch+json', 'application/json')
  @ApiHeader({
    name: 'Idempotency-Key',
    required: false,
    description: 'Makes repeating harmless for 24 hours.',
  })
  @ApiOkResponse({ type: QuotaView })
  async patch(
    @Param('id') id: string,
    @Body() input: PatchQuotaInput,
    @CallerOf() caller: Caller,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const answer = await this.changes.run(caller, async (tx) => {
      const project = await this.changeProject.limit(tx, caller, id, input);
      return { status: 200, headers: {}, body: quotaView(project) };
    });
    send(reply, answer);
  }
}
