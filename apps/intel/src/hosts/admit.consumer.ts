import { Controller, Inject } from '@nestjs/common';
import { MessagePattern, Payload, Transport } from '@nestjs/microservices';
import { type AdmitReply, type AdmitRequest, subjects } from '#libs/contracts';
import { AdmitHost } from './admit-host.usecase.js';

@Controller()
export class AdmitConsumer {
  constructor(@Inject(AdmitHost) private readonly admitHost: AdmitHost) {}

  @MessagePattern<string>(subjects.intelRpc('admit'), Transport.NATS)
  async onAdmitRequest(@Payload() { hostId, identity }: AdmitRequest): Promise<AdmitReply> {
    const verdict = await this.admitHost.execute(hostId, identity);
    return verdict.kind === 'admitted'
      ? { admitted: true, reason: '' }
      : { admitted: false, reason: verdict.reason };
  }
}
