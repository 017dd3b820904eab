import {
  Body,
  Controller,
  Get,
  Headers,
  HttpCode,
  Inject,
  Param,
  Patch,
  Post,
  Query,
  Res,
} from '@nestjs/common';
import {
  ApiAcceptedResponse,
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
  HostChangeView,
  HostListView,
  HostView,
  MaintainHostInput,
  PAGE_DEFAULT,
  PageQuery,
  PatchHostInput,
} from '#libs/contracts/http';
import { VmanError } from '#libs/errors';
import { Database } from '../db-operator/index.js';
import { type Caller, CallerOf, ChangeRunner, DryRun, Fails, Requires, send, waitOf } from '../http/index.js';
import { AcceptHost } from './accept-host.usecase.js';
import { CordonHost } from './cordon-host.usecase.js';
import { EnrollHost } from './enroll-host.usecase.js';
import { HostChanges } from './host-changes.js';
import { hostView } from './host-view.js';
import { MaintainHost } from './maintain-host.usecase.js';
import { PatchHost } from './patch-host.usecase.js';

const PREFER = { name: 'Prefer', required: false, description: '`wait=30`: answer when it is done.' };

@ApiTags('hosts')
@Controller('v1/hosts')
export class HostsController {
  constructor(
    @Inject(Database) private readonly database: Database,
    @Inject(EnrollHost) private readonly enrolling: EnrollHost,
    @Inject(CordonHost) private readonly cordoning: CordonHost,
    @Inject(PatchHost) private readonly patching: PatchHost,
    @Inject(ChangeRunner) private readonly changes: ChangeRunner,
    @Inject(MaintainHost) private readonly maintaining: MaintainHost,
    @Inject(AcceptHost) private readonly accepting: AcceptHost,
    @Inject(HostChanges) private readonly hostChanges: HostChanges,
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
  @DryRun()
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
    return hostView(await this.cordoning.execute(caller, id, 'cordoned'));
  }

  @Post(':id/uncordon')
  @HttpCode(200)
  @Requires('hosts:manage')
  @ApiOperation({ summary: 'Open a host to new VMs again' })
  @ApiOkResponse({ type: HostView })
  async uncordon(@Param('id') id: string, @CallerOf() caller: Caller): Promise<HostView> {
    return hostView(await this.cordoning.execute(caller, id, 'open'));
  }

  @Post(':id/drain')
  @Requires('hosts:manage')
  @ApiOperation({
    summary:
      'Close a host and move its VMs that are off or have failover; the operation says what stays and why',
  })
  @ApiHeader(PREFER)
  @ApiAcceptedResponse({ type: HostChangeView })
  async drain(
    @Param('id') id: string,
    @CallerOf() caller: Caller,
    @Headers('prefer') prefer: string | undefined,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    send(reply, await this.hostChanges.drain(caller, id, waitOf(prefer)));
  }

  @Post(':id/maintenance')
  @HttpCode(200)
  @Requires('hosts:manage')
  @ApiOperation({
    summary: 'Close a host that is expected to be away; nothing is placed again because of it',
  })
  @ApiOkResponse({ type: HostView })
  async maintenance(
    @Param('id') id: string,
    @Body() input: MaintainHostInput,
    @CallerOf() caller: Caller,
  ): Promise<HostView> {
    return hostView(await this.maintaining.execute(caller, id, input));
  }

  @Post(':id/accept')
  @HttpCode(200)
  @Requires('hosts:manage')
  @ApiOperation({
    summary: 'Take what was refused as this host, such as a machine that was installed anew, for it',
  })
  @ApiOkResponse({ type: HostView })
  async accept(@Param('id') id: string, @CallerOf() caller: Caller): Promise<HostView> {
    return hostView(await this.accepting.execute(caller, id));
  }
}
