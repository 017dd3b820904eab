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
  ListHostsQuery,
  MaintainHostInput,
  PatchHostInput,
} from '#libs/contracts/http';
import { Database, type SeenHost, type Tx } from '../db-operator/index.js';
import {
  type Caller,
  CallerOf,
  ChangeRunner,
  DryRun,
  Fails,
  NoDryRun,
  Requires,
  send,
  Unversioned,
  Versioned,
  waitOf,
  wishOf,
} from '../http/index.js';
import { AcceptHost } from './accept-host.usecase.js';
import { CordonHost } from './cordon-host.usecase.js';
import { EnrollHost } from './enroll-host.usecase.js';
import { findHost } from './find-host.js';
import { HostChanges } from './host-changes.js';
import { hostVersion } from './host-version.js';
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

  @Post('enroll')
  @NoDryRun('Credentials are good once they are signed, written down or not.')
  @HttpCode(201)
  @Requires('hosts:enroll')
  @Unversioned('There is no host yet.')
  @Fails('already_exists', 'not_found', 'unsupported')
  @ApiOperation({
    summary: "Make a new host's credentials on the bus, or a host's anew; they are shown this once",
  })
  @ApiCreatedResponse({ type: EnrolledHostView })
  async enroll(
    @Body() input: EnrollHostInput,
    @CallerOf() caller: Caller,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const answer = await this.changes.runSealed(caller, async (tx) => {
      return { status: 201, headers: {}, body: await this.enrolling.execute(tx, caller, input) };
    });
    send(reply, answer);
  }

  @Get()
  @Requires('hosts:read')
  @ApiOperation({ summary: 'List hosts' })
  @ApiOkResponse({ type: HostListView })
  async list(@Query() query: ListHostsQuery, @CallerOf() caller: Caller): Promise<HostListView> {
    const page = await this.database.read((tx) => tx.hosts.page(wishOf(query, caller)));
    return { ...page, items: page.items.map(hostView) };
  }

  @Get(':id')
  @Requires('hosts:read')
  @Versioned(hostVersion)
  @ApiOperation({ summary: 'Get a host by id or name' })
  @ApiOkResponse({ type: HostView })
  async get(@Param('id') id: string): Promise<HostView> {
    return hostView(await this.database.read((tx) => findHost(tx, id)));
  }

  @Patch(':id')
  @Requires('hosts:manage')
  @Versioned(hostVersion)
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
    await this.change(reply, caller, (tx) => this.patching.execute(tx, caller, id, input));
  }

  @Post(':id/cordon')
  @DryRun()
  @HttpCode(200)
  @Requires('hosts:manage')
  @Versioned(hostVersion)
  @ApiOperation({ summary: 'Close a host to new VMs; what runs there goes on' })
  @ApiOkResponse({ type: HostView })
  async cordon(
    @Param('id') id: string,
    @CallerOf() caller: Caller,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    await this.change(reply, caller, (tx) => this.cordoning.execute(tx, caller, id, 'cordoned'));
  }

  @Post(':id/uncordon')
  @DryRun()
  @HttpCode(200)
  @Requires('hosts:manage')
  @Versioned(hostVersion)
  @ApiOperation({ summary: 'Open a host to new VMs again' })
  @ApiOkResponse({ type: HostView })
  async uncordon(
    @Param('id') id: string,
    @CallerOf() caller: Caller,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    await this.change(reply, caller, (tx) => this.cordoning.execute(tx, caller, id, 'open'));
  }

  @Post(':id/drain')
  @DryRun()
  @Requires('hosts:manage')
  @Versioned(hostVersion)
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
  @DryRun()
  @HttpCode(200)
  @Requires('hosts:manage')
  @Versioned(hostVersion)
  @ApiOperation({
    summary: 'Close a host that is expected to be away; nothing is placed again because of it',
  })
  @ApiOkResponse({ type: HostView })
  async maintenance(
    @Param('id') id: string,
    @Body() input: MaintainHostInput,
    @CallerOf() caller: Caller,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    await this.change(reply, caller, (tx) => this.maintaining.execute(tx, caller, id, input));
  }

  @Post(':id/accept')
  @DryRun()
  @HttpCode(200)
  @Requires('hosts:manage')
  @Versioned(hostVersion)
  @ApiOperation({
    summary: 'Take what was refused as this host, such as a machine that was installed anew, for it',
  })
  @ApiOkResponse({ type: HostView })
  async accept(
    @Param('id') id: string,
    @CallerOf() caller: Caller,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    await this.change(reply, caller, (tx) => this.accepting.execute(tx, caller, id));
  }

  private async change(
    reply: FastifyReply,
    caller: Caller,
    work: (tx: Tx) => Promise<SeenHost>,
  ): Promise<void> {
    const answer = await this.changes.run(caller, async (tx) => {
      return { status: 200, headers: {}, body: hostView(await work(tx)) };
    });
    send(reply, answer);
  }
}
