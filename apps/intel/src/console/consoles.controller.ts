import { Body, Controller, Inject, Param, Post } from '@nestjs/common';
import { ApiCreatedResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { ConsoleTicketView, OpenConsoleInput } from '#libs/contracts/http';
import { type Caller, CallerOf, Fails, Requires } from '../http/index.js';
import { OpenConsole } from './open-console.usecase.js';

/** No idempotency keys here: a stored answer would hold the ticket. */
@ApiTags('vms')
@Controller('v1/vms/:id')
export class ConsolesController {
  constructor(@Inject(OpenConsole) private readonly openConsole: OpenConsole) {}

  @Post('console')
  @Requires('vms:console')
  @Fails('invalid_state')
  @ApiOperation({
    summary: 'Get a ticket for the serial console or the screen',
    description:
      'It opens one WebSocket at `path` within 30 seconds: binary frames carry the bytes of the console, or RFB (VNC), both ways. `docs/CONSOLE.md` tells the rest.',
  })
  @ApiCreatedResponse({ type: ConsoleTicketView })
  open(
    @Param('id') id: string,
    @Body() input: OpenConsoleInput,
    @CallerOf() caller: Caller,
  ): Promise<ConsoleTicketView> {
    return this.openConsole.execute(caller, id, input);
  }
}
