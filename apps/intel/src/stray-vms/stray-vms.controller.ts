import {
  Body,
  Controller,
  Get,
  Headers,
  Inject,
  Param,
  ParseUUIDPipe,
  Post,
  Query,
  Res,
} from '@nestjs/common';
import { ApiCreatedResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import type { DesiredVm } from '#libs/contracts';
import {
  AdoptVmInput,
  ListStrayVmsQuery,
  StrayVmListView,
  type StrayVmView,
  VmChangeView,
} from '#libs/contracts/http';
import { VmanError } from '#libs/errors';
import { Database, type StrayVmRow, type Tx } from '../db-operator/index.js';
import {
  type Caller,
  CallerOf,
  ChangeRunner,
  DryRun,
  Fails,
  NEW_VM,
  Requires,
  send,
  Unversioned,
  waitOf,
  wishOf,
} from '../http/index.js';
import { VmChanges } from '../vms/index.js';
import { AdoptVm } from './adopt-vm.usecase.js';
import { AskDesired } from './ask-desired.js';

/** VMs that a host has and nobody knows. Nothing stops or removes them; they can be adopted. */
@ApiTags('hosts')
@Controller('v1/stray-vms')
export class StrayVmsController {
  constructor(
    @Inject(Database) private readonly database: Database,
    @Inject(VmChanges) private readonly changes: VmChanges,
    @Inject(ChangeRunner) private readonly runner: ChangeRunner,
    @Inject(AskDesired) private readonly askDesired: AskDesired,
    @Inject(AdoptVm) private readonly adoptVm: AdoptVm,
  ) {}

  @Get()
  @Requires('hosts:manage')
  @ApiOperation({ summary: 'List VMs that a host has and nobody knows' })
  @ApiOkResponse({ type: StrayVmListView })
  async list(@Query() query: ListStrayVmsQuery, @CallerOf() caller: Caller): Promise<StrayVmListView> {
    const page = await this.database.read((tx) => tx.strayVms.page(wishOf(query, caller)));
    const items = page.items.map(async (row) => {
      const desired = await this.askDesired.execute(row).catch(() => undefined);
      return strayVmView(row, desired);
    });
    return { ...page, items: await Promise.all(items) };
  }

  @Post(':id/adopt')
  @Requires('hosts:manage')
  @Unversioned('Nobody but its host changes it.')
  @DryRun()
  @Fails(...NEW_VM, 'host_unreachable')
  @ApiOperation({ summary: 'Make a VM of what its host knows of it; its guest runs on' })
  @ApiCreatedResponse({ type: VmChangeView })
  async adopt(
    @Param('id', ParseUUIDPipe) id: string,
    @Body() input: AdoptVmInput,
    @CallerOf() caller: Caller,
    @Headers('prefer') prefer: string | undefined,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const before = await this.runner.repeated(caller);
    if (before) return send(reply, before);
    const stray = await this.database.read((tx) => tx.strayVms.get(id));
    // not within the transaction, which would be held open until the host answers
    const desired = stray && (await this.askDesired.execute(stray));
    if (!desired) throw new VmanError('not_found', 'No host has such a VM that nobody knows.');
    const work = (tx: Tx) => this.adoptVm.execute(tx, caller, desired, input);
    send(reply, await this.changes.answer(caller, { status: 201, waitMs: waitOf(prefer) }, work));
  }
}

function strayVmView(row: StrayVmRow, desired: DesiredVm | undefined): StrayVmView {
  return {
    id: row.vmId,
    name: desired?.name,
    project: desired?.project,
    state: row.state,
    host: { id: row.hostId, name: row.hostName },
    firstSeenAt: row.firstSeenAt.toISOString(),
    lastSeenAt: row.lastSeenAt.toISOString(),
  };
}
