import { BaseRpcContext } from '@nestjs/microservices';

/** What a durable message can be answered with. The first of ack, nak and term counts. */
export interface Settlement {
  ack(): void;
  nak(delayMs: number): void;
  working(): void;
}

/** What a durable handler gets by `@Ctx()`. */
export class JetStreamContext extends BaseRpcContext<[string, number]> {
  constructor(
    readonly subject: string,
    /** Place of the message in its stream. */
    readonly sequence: number,
    /** What the server believes; after a kill of the server it lies, so keep your own count. */
    readonly redelivered: boolean,
    readonly headers: Record<string, string>,
    private readonly settlement: Settlement,
  ) {
    super([subject, sequence]);
  }

  /** Done with it, before the handler ends. */
  ack(): void {
    this.settlement.ack();
  }

  /** Deliver it again, not before `delayMs`. */
  nak(delayMs: number): void {
    this.settlement.nak(delayMs);
  }

  /** Still at it: the server waits its whole ack time again. */
  working(): void {
    this.settlement.working();
  }
}
