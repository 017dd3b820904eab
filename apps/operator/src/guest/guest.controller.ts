import { Controller } from '@nestjs/common';
import { MessagePattern, Payload, Transport } from '@nestjs/microservices';
import { type GuestReply, type GuestRequest, subjects } from '#libs/contracts';
import { Operator } from '../operator.js';

/** Live questions to the guests of this host. */
@Controller()
export class GuestController {
  constructor(private readonly operator: Operator) {}

  @MessagePattern(subjects.hostRpc('{host}', 'guest'), Transport.NATS)
  guest(@Payload() request: GuestRequest): Promise<GuestReply> {
    return this.operator.guests.answer(request);
  }
}
