import {
  Body,
  Controller,
  Delete,
  Get,
  HttpCode,
  Inject,
  Param,
  Patch,
  Post,
  Query,
  Res,
} from '@nestjs/common';
import {
  ApiConsumes,
  ApiCreatedResponse,
  ApiNoContentResponse,
  ApiOkResponse,
  ApiOperation,
  ApiTags,
} from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import {
  CreateNetworkInput,
  ListNetworksQuery,
  NetworkListView,
  NetworkView,
  PatchNetworkInput,
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
  wishOf,
} from '../http/index.js';
import { CreateNetwork } from './create-network.usecase.js';
import { DeleteNetwork } from './delete-network.usecase.js';
import { findNetwork } from './find-network.js';
import { networkVersion } from './network-version.js';
import { networkView } from './network-view.js';
import { PatchNetwork } from './patch-network.usecase.js';

@ApiTags('networks')
@Controller('v1/networks')
export class NetworksController {
  constructor(
    @Inject(Database) private readonly database: Database,
    @Inject(ChangeRunner) private readonly changes: ChangeRunner,
    @Inject(CreateNetwork) private readonly createNetwork: CreateNetwork,
    @Inject(PatchNetwork) private readonly patchNetwork: PatchNetwork,
    @Inject(DeleteNetwork) private readonly deleteNetwork: DeleteNetwork,
  ) {}

  @Post()
  @Requires('networks:write')
  @Versioned(networkVersion)
  @DryRun()
  @Fails('already_exists')
  @ApiOperation({ summary: 'Make a network' })
  @ApiCreatedResponse({ type: NetworkView })
  async create(
    @Body() input: CreateNetworkInput,
    @CallerOf() caller: Caller,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const answer = await this.changes.run(caller, async (tx) => {
      const id = await this.createNetwork.execute(tx, caller, input);
      return { status: 201, headers: { location: `/v1/networks/${id}` }, body: await view(tx, caller, id) };
    });
    send(reply, answer);
  }

  @Get()
  @Requires('networks:read')
  @ApiOperation({ summary: 'List networks' })
  @ApiOkResponse({ type: NetworkListView })
  async list(@Query() query: ListNetworksQuery, @CallerOf() caller: Caller): Promise<NetworkListView> {
    const page = await this.database.read((tx) => tx.networks.page(wishOf(query, caller)));
    return { ...page, items: page.items.map(networkView) };
  }

  @Get(':id')
  @Requires('networks:read')
  @Versioned(networkVersion)
  @ApiOperation({ summary: 'Get a network by id or name' })
  @ApiOkResponse({ type: NetworkView })
  async get(@Param('id') id: string, @CallerOf() caller: Caller): Promise<NetworkView> {
    return this.database.read((tx) => view(tx, caller, id));
  }

  @Patch(':id')
  @Requires('networks:write')
  @Versioned(networkVersion)
  @DryRun()
  @Fails('already_exists', 'address_in_use')
  @ApiOperation({ summary: 'Change a network (merge patch); the hosts of its VMs hear of it' })
  @ApiConsumes('application/merge-patch+json', 'application/json')
  @ApiOkResponse({ type: NetworkView })
  async patch(
    @Param('id') id: string,
    @Body() input: PatchNetworkInput,
    @CallerOf() caller: Caller,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const answer = await this.changes.run(caller, async (tx) => {
      const changed = await this.patchNetwork.execute(tx, caller, id, input);
      return { status: 200, headers: {}, body: await view(tx, caller, changed) };
    });
    send(reply, answer);
  }

  @Delete(':id')
  @HttpCode(204)
  @Requires('networks:write')
  @Versioned(networkVersion)
  @DryRun()
  @ApiOperation({ summary: 'Delete a network that nobody uses' })
  @ApiNoContentResponse()
  async remove(
    @Param('id') id: string,
    @CallerOf() caller: Caller,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const answer = await this.changes.run(caller, async (tx) => {
      await this.deleteNetwork.execute(tx, caller, id);
      return { status: 204, headers: {}, body: null };
    });
    send(reply, answer);
  }
}

const view = async (tx: Tx, caller: Caller, id: string): Promise<NetworkView> =>
  networkView(await findNetwork(tx, caller, id));
