import { Body, Controller, Delete, Get, HttpCode, Inject, Param, Post, Query, Res } from '@nestjs/common';
import {
  ApiCreatedResponse,
  ApiNoContentResponse,
  ApiOkResponse,
  ApiOperation,
  ApiTags,
} from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import {
  CreateTokenInput,
  ListTokensQuery,
  NewTokenView,
  TokenListView,
  TokenView,
} from '#libs/contracts/http';
import { Database } from '../db-operator/index.js';
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
import { audit } from '../operations/index.js';
import { chooseOwner } from '../projects/index.js';
import { findToken } from './find-token.js';
import { makeToken } from './make-token.js';
import { tokenVersion } from './token-version.js';
import { tokenView } from './token-view.js';

@ApiTags('tokens')
@Controller('v1/tokens')
export class TokensController {
  constructor(
    @Inject(Database) private readonly database: Database,
    @Inject(ChangeRunner) private readonly changes: ChangeRunner,
  ) {}

  @Post()
  @Requires('tokens:manage')
  @Versioned(tokenVersion)
  @DryRun()
  @Fails('already_exists')
  @ApiOperation({ summary: 'Make a token; it is shown this once' })
  @ApiCreatedResponse({ type: NewTokenView })
  async create(
    @Body() input: CreateTokenInput,
    @CallerOf() caller: Caller,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const answer = await this.changes.runSealed(caller, async (tx) => {
      const project = (await chooseOwner(tx, caller, input.project)) || null;
      const { name, role } = input;
      const expiresAt = input.expiresAt == null ? null : new Date(input.expiresAt);
      const { id, secret } = await makeToken(tx, { name, role, project, expiresAt });
      await audit(tx, caller, 'token.create', { kind: 'token', id, name, project }, null);
      const body: NewTokenView = { ...tokenView(await findToken(tx, caller, id)), token: secret };
      return { status: 201, headers: { location: `/v1/tokens/${id}` }, body };
    });
    send(reply, answer);
  }

  @Get()
  @Requires('tokens:manage')
  @ApiOperation({ summary: 'List tokens' })
  @ApiOkResponse({ type: TokenListView })
  async list(@Query() query: ListTokensQuery, @CallerOf() caller: Caller): Promise<TokenListView> {
    const page = await this.database.read((tx) => tx.tokens.page(wishOf(query, caller)));
    return { ...page, items: page.items.map(tokenView) };
  }

  @Get(':id')
  @Requires('tokens:manage')
  @Versioned(tokenVersion)
  @ApiOperation({ summary: 'Get a token by id; not its secret, which is not kept' })
  @ApiOkResponse({ type: TokenView })
  async get(@Param('id') id: string, @CallerOf() caller: Caller): Promise<TokenView> {
    return tokenView(await this.database.read((tx) => findToken(tx, caller, id)));
  }

  @Delete(':id')
  @HttpCode(204)
  @Requires('tokens:manage')
  @Versioned(tokenVersion)
  @DryRun()
  @ApiOperation({ summary: 'Revoke a token' })
  @ApiNoContentResponse()
  async remove(
    @Param('id') id: string,
    @CallerOf() caller: Caller,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const answer = await this.changes.run(caller, async (tx) => {
      const { name, project } = await findToken(tx, caller, id);
      await tx.tokens.remove(id);
      await audit(tx, caller, 'token.delete', { kind: 'token', id, name, project }, null);
      return { status: 204, headers: {}, body: null };
    });
    send(reply, answer);
  }
}
