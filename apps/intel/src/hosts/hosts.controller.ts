import { Body, Controller, Get, HttpCode, Inject, Param, Patch, Post, Query, Res } from '@nestjs/common';
import {
  ApiConsumes,
  ApiCreatedResponse,
  ApiHeader,
  ApiOkResponse,
  ApiOperation,
  ApiTags,
} from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import {
  EnrolledHostView,
  EnrollHostInput,
  HostListView,
  HostView,
  PAGE_DEFAULT,
  PageQuery,
  PatchHostInput,
} from '#libs/contracts/http';
import { VmanError } from '#libs/errors';
import { Database } from '../db-operator/index.js';
import { type Caller, CallerOf, ChangeRunner, Fails, Requires, send } from '../http/index.js';
import { CordonHost } from './cordon-host.usecase.js';
import { EnrollHost } from './enroll-host.usecase.js';
import { hostView } from './host-view.js';
import { PatchHost } from './patch-host.usecase.js';

@ApiTags('hosts')
@Controller('v1/hosts')
export class HostsController {
  constructor(
    @Inject(Database) private readonly database: Database,
    @Inject(EnrollHost) private readonly enrolling: EnrollHost,
    @Inject(CordonHost) private readonly cordoning: CordonHost,
    @Inject(PatchHost) private readonly patching: PatchHost,
    @Inject(ChangeRunner) private readonly changes: ChangeRunner,
  ) {}

  /** No idempotency key here: a stored answer would hold the secret. */
  @Post('enroll')
  @HttpCode(201)
  @Requires('hosts:enroll')
  @Fails('already_exists', 'unsupported')
  @ApiOperation({ summary: "Make a new host's credentials on the bus; they are shown this once" })
  @ApiCreatedResponse({ type: EnrolledHostView })
  enroll(@Body() input: EnrollHostInput, @CallerOf() caller: Caller): Promise<EnrolledHostView> {
    return this.enrolling.execute(caller, input);
  }

  @Get()
  @Requires('hosts:read')
  @ApiOperation({ summary: 'List hosts' })
  @ApiOkResponse({ type: HostListView })
  async list(@Query() query: PageQuery): Promise<HostListView> {
    const page = await this.database.read((tx) => tx.hosts.page(query.limit ?? PAGE_DEFAULT, query.cursor));
    return { ...page, items: page.items.map(hostView) };
  }

  @Get(':id')
  @Requires('hosts:read')
  @ApiOperation({ summary: 'Get a host by id or name' })
  @ApiOkResponse({ type: HostView })
  async get(@Param('id') id: string): Promise<HostView> {
    const found = await this.database.read((tx) => tx.hosts.find(id));
    if (!found) throw new VmanError('not_found', 'There is no such host.');
    return hostView(found);
  }

  @Patch(':id')
  @Requires('hosts:manage')
  @ApiOperation({ summary: 'Label a host, or change how much of it may be promised to VMs' })
  @ApiConsumes('application/merge-patch+json', 'application/json')
  @ApiHeader({
    name: 'Idempotency-Key',
    required: false,
    description: 'Makes repeating harmless for 24 hours.',
  })
  @ApiOkResponse({ type: HostView })
  async patch(
    @Param('id') id: string,
    @Body() input: PatchHostInput,
    @CallerOf() caller: Caller,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const answer = await this.changes.run(caller, async (tx) => {
      const host = await this.patching.execute(tx, caller, id, input);
      return { status: 200, headers: {}, body: hostView(host) };
    });
    send(reply, answer);
  }

  @Post(':id/cordon')
  @HttpCode(200)
  @Requires('hosts:manage')
  @ApiOperation({ summary: 'Close a host to new VMs; what runs there goes on' })
  @ApiOkResponse({ type: HostView })
  async cordon(@Param('id') id: string, @CallerOf() caller: Caller): Promise<HostView> {
    return hostView(await this.cordoning.execute(caller, id, true));
  }

  @Post(':id/uncordon')
  @HttpCode(200)
  @Requires('hosts:manage')
  @ApiOperation({ summary: 'Open a host to new VMs again' })
  @ApiOkResponse({ type: HostView })
  async uncordon(@Param('id') id: string, @CallerOf() caller: Caller): Promise<HostView> {
    return hostView(await this.cordoning.execute(caller, id, false));
  }
}
