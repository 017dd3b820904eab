import { Controller, Inject } from '@nestjs/common';
import { EventPattern, Payload, Transport } from '@nestjs/microservices';
import { type Heartbeat, subjects } from '#libs/contracts';
import { ApplyHeartbeat } from './apply-heartbeat.usecase.js';

/** Heartbeats of all hosts; of the replicas of intel one gets each. */
@Controller()
export class HeartbeatConsumer {
  constructor(@Inject(ApplyHeartbeat) private readonly applyHeartbeat: ApplyHeartbeat) {}

  @EventPattern<string>(subjects.allHeartbeats, Transport.NATS)
  async onHeartbeat(@Payload() beat: Heartbeat): Promise<void> {
    await this.applyHeartbeat.execute(beat);
  }
}
