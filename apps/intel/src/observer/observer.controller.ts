import { Controller, Get, Inject } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { ObserverView } from '#libs/contracts/http';
import { ObserverSeen } from '../health/observer-seen.js';
import { Requires } from '../http/index.js';

@ApiTags('drifts')
@Controller('v1/observer')
export class ObserverController {
  constructor(@Inject(ObserverSeen) private readonly observer: ObserverSeen) {}

  @Get()
  @Requires('drifts:read')
  @ApiOperation({ summary: 'The observer that leads: whether it repairs, and what keeps it from that' })
  @ApiOkResponse({ type: ObserverView })
  get(): ObserverView {
    return this.observer.view();
  }
}
