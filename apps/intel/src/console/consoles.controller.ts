import { Body, Controller, Inject, Param, Post, Res } from '@nestjs/common';
import { ApiCreatedResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { ConsoleTicketView, OpenConsoleInput } from '#libs/contracts/http';
import {
  type Caller,
  CallerOf,
  ChangeRunner,
  DryRun,
  Fails,
  Requires,
  send,
  Unversioned,
} from '../http/index.js';
import { OpenConsole } from './open-console.usecase.js';

@ApiTags('vms')
@Unversioned('It changes nothing of the VM.')
@Controller('v1/vms/:id')
export class ConsolesController {
  constructor(
    @Inject(ChangeRunner) private readonly changes: ChangeRunner,
    @Inject(OpenConsole) private readonly openConsole: OpenConsole,
  ) {}

  @Post('console')
  @Requires('vms:console')
  @DryRun()
  @Fails('invalid_state')
  @ApiOperation({
    summary: 'Get a ticket for the serial console or the screen',
    description:
      'It opens one WebSocket at `path` within 30 seconds: binary frames carry the bytes of the console, or RFB (VNC), both ways. `docs/CONSOLE.md` tells the rest.',
  })
  @ApiCreatedResponse({ type: ConsoleTicketView })
  async open(
    @Param('id') id: string,
    @Body() input: OpenConsoleInput,
    @CallerOf() caller: Caller,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const answer = await this.changes.runSealed(caller, async (tx) => {
      return { status: 201, headers: {}, body: await this.openConsole.execute(tx, caller, id, input) };
    });
    send(reply, answer);
  }
}
