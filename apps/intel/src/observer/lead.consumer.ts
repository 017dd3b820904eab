import { Controller, Inject } from '@nestjs/common';
import { MessagePattern, Payload, Transport } from '@nestjs/microservices';
import { type LeadReply, type LeadRequest, subjects } from '#libs/contracts';
import { GrantLead } from './grant-lead.usecase.js';

@Controller()
export class LeadConsumer {
  constructor(@Inject(GrantLead) private readonly grantLead: GrantLead) {}

  @MessagePattern<string>(subjects.intelRpc('lead'), Transport.NATS)
  async onLeadRequest(@Payload() request: LeadRequest): Promise<LeadReply> {
    return this.grantLead.execute(request);
  }
}
