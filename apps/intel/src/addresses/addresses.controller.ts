import { Body, Controller, Delete, Get, HttpCode, Inject, Param, Post, Query, Res } from '@nestjs/common';
import {
  ApiCreatedResponse,
  ApiNoContentResponse,
  ApiOkResponse,
  ApiOperation,
  ApiTags,
} from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { AddressListView, AddressView, ListAddressesQuery, ReserveAddressInput } from '#libs/contracts/http';
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
import { addressVersion } from './address-version.js';
import { addressViews } from './address-view.js';
import { findAddress, ReleaseAddress } from './release-address.usecase.js';
import { ReserveAddress } from './reserve-address.usecase.js';

@ApiTags('addresses')
@Controller('v1/addresses')
export class AddressesController {
  constructor(
    @Inject(Database) private readonly database: Database,
    @Inject(ChangeRunner) private readonly changes: ChangeRunner,
    @Inject(ReserveAddress) private readonly reserveAddress: ReserveAddress,
    @Inject(ReleaseAddress) private readonly releaseAddress: ReleaseAddress,
  ) {}

  @Get()
  @Requires('networks:read')
  @ApiOperation({ summary: 'List addresses that are not free, with who holds or shows them' })
  @ApiOkResponse({ type: AddressListView })
  async list(@Query() query: ListAddressesQuery, @CallerOf() caller: Caller): Promise<AddressListView> {
    return this.database.read(async (tx) => {
      const page = await tx.addressList.page(wishOf(query, caller));
      return { ...page, items: await addressViews(tx, page.items) };
    });
  }

  @Get(':id')
  @Requires('networks:read')
  @Versioned(addressVersion)
  @ApiOperation({ summary: 'Get an address by its id' })
  @ApiOkResponse({ type: AddressView })
  async get(@Param('id') id: string, @CallerOf() caller: Caller): Promise<AddressView> {
    return this.database.read(async (tx) => addressOf(tx, caller, id));
  }

  @Post()
  @Requires('addresses:write')
  @Versioned(addressVersion)
  @DryRun()
  @Fails('address_in_use', 'address_exhausted', 'quota_exceeded', 'not_found')
  @ApiOperation({ summary: 'Reserve an address by hand' })
  @ApiCreatedResponse({ type: AddressView })
  async reserve(
    @Body() input: ReserveAddressInput,
    @CallerOf() caller: Caller,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const answer = await this.changes.run(caller, async (tx) => {
      const id = await this.reserveAddress.execute(tx, caller, input);
      const headers = { location: `/v1/addresses/${id}` };
      return { status: 201, headers, body: await addressOf(tx, caller, id) };
    });
    send(reply, answer);
  }

  @Delete(':id')
  @HttpCode(204)
  @Requires('addresses:write')
  @Versioned(addressVersion)
  @DryRun()
  @ApiOperation({ summary: 'Release an address by hand; one that a VM has only as an admin' })
  @ApiNoContentResponse()
  async release(
    @Param('id') id: string,
    @CallerOf() caller: Caller,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const answer = await this.changes.run(caller, async (tx) => {
      await this.releaseAddress.execute(tx, caller, id);
      return { status: 204, headers: {}, body: null };
    });
    send(reply, answer);
  }
}

async function addressOf(tx: Tx, caller: Caller, id: string): Promise<AddressView> {
  const [view] = await addressViews(tx, [await findAddress(tx, caller, id)]);
  return view as AddressView;
}
