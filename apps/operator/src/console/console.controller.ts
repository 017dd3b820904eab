import { Controller } from '@nestjs/common';
import { MessagePattern, Payload, Transport } from '@nestjs/microservices';
import { type ConsoleReply, type ConsoleRequest, subjects } from '#libs/contracts';
import { Operator } from '../operator.js';

/** Opens consoles and screens of the guests of this host. */
@Controller()
export class ConsoleController {
  constructor(private readonly operator: Operator) {}

  @MessagePattern(subjects.hostRpc('{host}', 'console'), Transport.NATS)
  open(@Payload() request: ConsoleRequest): Promise<ConsoleReply> {
    return this.operator.consoles.open(request);
  }
}
