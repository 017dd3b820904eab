import { Body, Controller, Get, HttpCode, Inject, Param, Post, Res } from '@nestjs/common';
import { ApiHeader, ApiNoContentResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { CLOCK, type Clock } from '#libs/clock';
import type { GuestAnswer } from '#libs/contracts';
import {
  GuestAddressesView,
  GuestExecInput,
  GuestExecView,
  GuestFileView,
  GuestFreezeInput,
  GuestFrozenView,
  GuestPingView,
  GuestReadFileInput,
  GuestSetPasswordInput,
  GuestThawedView,
  GuestWriteFileInput,
} from '#libs/contracts/http';
import { type Caller, CallerOf, Fails, NoDryRun, Requires, send, Unversioned } from '../http/index.js';
import { AskGuest } from './ask-guest.usecase.js';
import { addressesView, execView, expectAnswer, fileView, frozenView, thawedView } from './guest-answers.js';
import {
  addressesAsk,
  execAsk,
  freezeAsk,
  pingAsk,
  readFileAsk,
  setPasswordAsk,
  thawAsk,
  writeFileAsk,
} from './guest-asks.js';

@ApiTags('guest')
@ApiHeader({
  name: 'Idempotency-Key',
  required: false,
  description: 'Makes repeating harmless for 24 hours.',
})
@Fails(
  'host_unreachable',
  'guest_agent_unavailable',
  'guest_refused',
  'deadline_exceeded',
  'unsupported',
  'payload_too_large',
  'hypervisor_error',
)
@NoDryRun('What a guest was asked for cannot be taken back.')
@Unversioned('It changes the guest, not the VM.')
@Controller('v1/vms/:id/guest')
export class GuestController {
  constructor(
    @Inject(AskGuest) private readonly guest: AskGuest,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  @Post('ping')
  @HttpCode(200)
  @Requires('vms:read')
  @ApiOperation({ summary: 'Ask the agent in the guest for a sign of life' })
  @ApiOkResponse({ type: GuestPingView })
  async ping(@Param('id') id: string, @CallerOf() caller: Caller, @Res() reply: FastifyReply): Promise<void> {
    const began = this.clock.monotonic();
    const view = (answer: GuestAnswer): GuestPingView => {
      expectAnswer(answer, 'done');
      return { roundTripMs: Math.round((this.clock.monotonic() - began) * 10) / 10 };
    };
    send(reply, await this.guest.execute(caller, id, pingAsk(), view));
  }

  @Get('addresses')
  @Requires('vms:read')
  @ApiOperation({ summary: 'The network interfaces as the guest sees them now' })
  @ApiOkResponse({ type: GuestAddressesView })
  async addresses(
    @Param('id') id: string,
    @CallerOf() caller: Caller,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    send(reply, await this.guest.execute(caller, id, addressesAsk(), addressesView));
  }

  @Post('exec')
  @HttpCode(200)
  @Requires('vms:guest')
  @ApiOperation({ summary: 'Run a program in the guest and wait for its end' })
  @ApiOkResponse({ type: GuestExecView })
  async exec(
    @Param('id') id: string,
    @Body() input: GuestExecInput,
    @CallerOf() caller: Caller,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const view = (answer: GuestAnswer) => execView(answer, input.encoding);
    send(reply, await this.guest.execute(caller, id, execAsk(input), view));
  }

  @Post('freeze')
  @HttpCode(200)
  @Requires('vms:guest')
  @ApiOperation({ summary: 'Stop all writing to the file systems of the guest, for a limited time' })
  @ApiOkResponse({ type: GuestFrozenView })
  async freeze(
    @Param('id') id: string,
    @Body() input: GuestFreezeInput,
    @CallerOf() caller: Caller,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    send(reply, await this.guest.execute(caller, id, freezeAsk(input), frozenView));
  }

  @Post('thaw')
  @HttpCode(200)
  @Requires('vms:guest')
  @ApiOperation({ summary: 'Let a frozen guest write again' })
  @ApiOkResponse({ type: GuestThawedView })
  async thaw(@Param('id') id: string, @CallerOf() caller: Caller, @Res() reply: FastifyReply): Promise<void> {
    send(reply, await this.guest.execute(caller, id, thawAsk(), thawedView));
  }

  @Post('set-password')
  @HttpCode(204)
  @Requires('vms:guest')
  @ApiOperation({ summary: 'Set the password of a user of the guest' })
  @ApiNoContentResponse()
  async setPassword(
    @Param('id') id: string,
    @Body() input: GuestSetPasswordInput,
    @CallerOf() caller: Caller,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    send(reply, await this.guest.execute(caller, id, setPasswordAsk(input), done));
  }

  @Post('read-file')
  @HttpCode(200)
  @Requires('vms:guest')
  @ApiOperation({ summary: 'Read the beginning of a file of the guest' })
  @ApiOkResponse({ type: GuestFileView })
  async readFile(
    @Param('id') id: string,
    @Body() input: GuestReadFileInput,
    @CallerOf() caller: Caller,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const view = (answer: GuestAnswer) => fileView(answer, input.encoding);
    send(reply, await this.guest.execute(caller, id, readFileAsk(input), view));
  }

  @Post('write-file')
  @HttpCode(204)
  @Requires('vms:guest')
  @ApiOperation({ summary: 'Replace a file of the guest' })
  @ApiNoContentResponse()
  async writeFile(
    @Param('id') id: string,
    @Body() input: GuestWriteFileInput,
    @CallerOf() caller: Caller,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    send(reply, await this.guest.execute(caller, id, writeFileAsk(input), done));
  }
}

function done(answer: GuestAnswer): undefined {
  expectAnswer(answer, 'done');
}
