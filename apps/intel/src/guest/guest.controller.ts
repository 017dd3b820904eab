import { Body, Controller, Get, HttpCode, Inject, Param, Post } from '@nestjs/common';
import { ApiHeader, ApiNoContentResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { CLOCK, type Clock } from '#libs/clock';
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
import { type Caller, CallerOf, Fails, NoDryRun, Requires, Unversioned } from '../http/index.js';
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
  async ping(@Param('id') id: string, @CallerOf() caller: Caller): Promise<GuestPingView> {
    const began = this.clock.monotonic();
    expectAnswer(await this.guest.execute(caller, id, pingAsk()), 'done');
    return { roundTripMs: Math.round((this.clock.monotonic() - began) * 10) / 10 };
  }

  @Get('addresses')
  @Requires('vms:read')
  @ApiOperation({ summary: 'The network interfaces as the guest sees them now' })
  @ApiOkResponse({ type: GuestAddressesView })
  async addresses(@Param('id') id: string, @CallerOf() caller: Caller): Promise<GuestAddressesView> {
    return addressesView(await this.guest.execute(caller, id, addressesAsk()));
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
  ): Promise<GuestExecView> {
    return execView(await this.guest.execute(caller, id, execAsk(input)), input.encoding);
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
  ): Promise<GuestFrozenView> {
    return frozenView(await this.guest.execute(caller, id, freezeAsk(input)));
  }

  @Post('thaw')
  @HttpCode(200)
  @Requires('vms:guest')
  @ApiOperation({ summary: 'Let a frozen guest write again' })
  @ApiOkResponse({ type: GuestThawedView })
  async thaw(@Param('id') id: string, @CallerOf() caller: Caller): Promise<GuestThawedView> {
    return thawedView(await this.guest.execute(caller, id, thawAsk()));
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
  ): Promise<void> {
    expectAnswer(await this.guest.execute(caller, id, setPasswordAsk(input)), 'done');
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
  ): Promise<GuestFileView> {
    return fileView(await this.guest.execute(caller, id, readFileAsk(input)), input.encoding);
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
  ): Promise<void> {
    expectAnswer(await this.guest.execute(caller, id, writeFileAsk(input)), 'done');
  }
}
