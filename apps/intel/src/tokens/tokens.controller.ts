import { Body, Controller, Delete, Get, HttpCode, Inject, Param, Post, Res } from '@nestjs/common';
import {
  ApiCreatedResponse,
  ApiNoContentResponse,
  ApiOkResponse,
  ApiOperation,
  ApiTags,
} from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { CreateTokenInput, NewTokenView, TokenListView, type TokenView } from '#libs/contracts/http';
import { VmanError } from '#libs/errors';
import { Database, type TokenEntity } from '../db-operator/index.js';
import { type Caller, CallerOf, Fails, invalidInput, Requires, send } from '../http/index.js';
import { audit } from '../operations/index.js';
import { makeToken } from './make-token.js';

const UUID = /^[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}$/i;

/** No idempotency keys here: a stored answer would hold the secret. */
@ApiTags('tokens')
@Controller('v1/tokens')
export class TokensController {
  constructor(@Inject(Database) private readonly database: Database) {}

  @Post()
  @Requires('tokens:manage')
  @Fails('already_exists')
  @ApiOperation({ summary: 'Make a token; it is shown this once' })
  @ApiCreatedResponse({ type: NewTokenView })
  async create(
    @Body() input: CreateTokenInput,
    @CallerOf() caller: Caller,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    refuseForeignProject(caller, input);
    const body = await this.database.transaction(async (tx) => {
      const { id, secret } = await makeToken(tx, {
        name: input.name,
        role: input.role,
        project: input.project ?? caller.project,
        expiresAt: input.expiresAt == null ? null : new Date(input.expiresAt),
      });
      await audit(tx, caller, 'token.create', { kind: 'token', id }, null);
      const token = await tx.tokens.get(id);
      if (!token) throw new Error(`token ${id} is gone`);
      return { ...tokenView(token), token: secret } satisfies NewTokenView;
    });
    send(reply, { status: 201, headers: {}, body });
  }

  @Get()
  @Requires('tokens:manage')
  @ApiOperation({ summary: 'List tokens' })
  @ApiOkResponse({ type: TokenListView })
  async list(@CallerOf() caller: Caller): Promise<TokenListView> {
    const tokens = await this.database.read((tx) => tx.tokens.all());
    return { items: tokens.filter((it) => maySee(caller, it)).map(tokenView) };
  }

  @Delete(':id')
  @HttpCode(204)
  @Requires('tokens:manage')
  @ApiOperation({ summary: 'Revoke a token' })
  @ApiNoContentResponse()
  async remove(@Param('id') id: string, @CallerOf() caller: Caller): Promise<void> {
    await this.database.transaction(async (tx) => {
      const token = UUID.test(id) ? await tx.tokens.get(id) : undefined;
      if (!token || !maySee(caller, token)) throw new VmanError('not_found', 'There is no such token.');
      await tx.tokens.remove(token.id);
      await audit(tx, caller, 'token.delete', { kind: 'token', id: token.id }, null);
    });
  }
}

const maySee = (caller: Caller, token: TokenEntity) =>
  caller.project === null || token.project === caller.project;

function refuseForeignProject(caller: Caller, input: CreateTokenInput): void {
  if (caller.project === null || input.project == null || input.project === caller.project) return;
  throw invalidInput([{ field: 'project', code: 'invalid', message: 'this token works in another project' }]);
}

function tokenView(token: TokenEntity): TokenView {
  return {
    id: token.id,
    name: token.name,
    role: token.role,
    project: token.project ?? undefined,
    createdAt: token.createdAt.toISOString(),
    expiresAt: token.expiresAt?.toISOString(),
  };
}
