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
  ApiAcceptedResponse,
  ApiCreatedResponse,
  ApiHeader,
  ApiOkResponse,
  ApiOperation,
  ApiTags,
} from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import {
  CreatePortForwardInput,
  ListedPortForwardView,
  ListPortForwardsQuery,
  PortForwardListView,
  VmChangeView,
} from '#libs/contracts/http';
import { Database } from '../db-operator/index.js';
import {
  type Caller,
  CallerOf,
  DryRun,
  Fails,
  Requires,
  send,
  Versioned,
  waitOf,
  wishOf,
} from '../http/index.js';
import { PatchVm, VmChanges, vmVersion } from '../vms/index.js';
import { withForward, withoutForward } from './changed-forwards.js';
import { findPortForward } from './find-port-forward.js';
import { portForwardVersion } from './port-forward-version.js';
import { portForwardView } from './port-forward-view.js';

const PREFER = { name: 'Prefer', required: false, description: '`wait=30`: answer when it is done.' };
const KEY = {
  name: 'Idempotency-Key',
  required: false,
  description: 'Makes repeating harmless for 24 hours.',
};

/** One forward at a time: the same change as a PATCH of the VM, also while it runs. */
@ApiTags('port-forwards')
@Controller('v1/port-forwards')
export class PortForwardsController {
  constructor(
    @Inject(Database) private readonly database: Database,
    @Inject(VmChanges) private readonly changes: VmChanges,
    @Inject(PatchVm) private readonly patchVm: PatchVm,
  ) {}

  @Get()
  @Requires('vms:read')
  @ApiOperation({ summary: 'List the ports of hosts that lead to guests' })
  @ApiOkResponse({ type: PortForwardListView })
  async list(
    @Query() query: ListPortForwardsQuery,
    @CallerOf() caller: Caller,
  ): Promise<PortForwardListView> {
    const page = await this.database.read((tx) => tx.forwards.page(wishOf(query, caller)));
    return { ...page, items: page.items.map(portForwardView) };
  }

  @Get(':id')
  @Requires('vms:read')
  @Versioned(portForwardVersion)
  @ApiOperation({ summary: 'Get a port forward by its id' })
  @ApiOkResponse({ type: ListedPortForwardView })
  async get(@Param('id') id: string, @CallerOf() caller: Caller): Promise<ListedPortForwardView> {
    return portForwardView(await this.database.read((tx) => findPortForward(tx, caller, id)));
  }

  @Post()
  @Requires('vms:write')
  @Versioned(portForwardVersion, vmVersion)
  @DryRun()
  @Fails('port_exhausted', 'port_in_use', 'not_found')
  @ApiOperation({ summary: 'Forward a port of the host to a guest' })
  @ApiHeader(PREFER)
  @ApiHeader(KEY)
  @ApiCreatedResponse({ type: VmChangeView })
  async create(
    @Body() input: CreatePortForwardInput,
    @CallerOf() caller: Caller,
    @Headers('prefer') prefer: string | undefined,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const { vm, nic, ...forward } = input;
    const answer = await this.changes.answer(caller, { status: 201, waitMs: waitOf(prefer) }, (tx) =>
      this.patchVm.execute(tx, caller, vm, (parts) => withForward(parts, nic, forward)),
    );
    send(reply, answer);
  }

  @Delete(':id')
  @HttpCode(202)
  @Requires('vms:write')
  @Versioned(portForwardVersion, vmVersion)
  @DryRun()
  @ApiOperation({ summary: 'Remove a port forward' })
  @ApiHeader(PREFER)
  @ApiHeader(KEY)
  @ApiAcceptedResponse({ type: VmChangeView })
  async remove(
    @Param('id') id: string,
    @CallerOf() caller: Caller,
    @Headers('prefer') prefer: string | undefined,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const answer = await this.changes.answer(caller, { status: 202, waitMs: waitOf(prefer) }, async (tx) => {
      const { vmId } = await findPortForward(tx, caller, id);
      return this.patchVm.execute(tx, caller, vmId, (parts) => withoutForward(parts, id));
    });
    send(reply, answer);
  }
}
