import type { Codec } from '#libs/contracts';

export interface MessageMeta {
  subject: string;
  headers: Record<string, string>;
}

export interface Stoppable {
  stop(): void;
}

export interface PublishDurableOptions {
  /**
   * Store only when the newest message of this subject has this stream sequence; 0: when the subject is empty.
   */
  expectedLastSubjectSequence?: number;
}

export interface DurableAck {
  stream: string;
  sequence: number;
}

/** Messages out and in. The connection to NATS is one implementation; a simulator is another. */
export interface BusPort {
  readonly connected: boolean;
  /** At most once; without a connection the message is dropped and counted, never kept for later. */
  publish<T>(subject: string, codec: Codec<T>, message: T): void;
  /** Resolves once a stream has stored it. Throws WrongSequence or BusUnavailable. */
  publishDurable<T>(
    subject: string,
    codec: Codec<T>,
    message: T,
    options?: PublishDurableOptions,
  ): Promise<DurableAck>;
  /** Throws NoReply, BusUnavailable, MalformedMessage (the reply), or the VmanError that the other side answered. */
  request<Q, A>(
    subject: string,
    requestCodec: Codec<Q>,
    message: Q,
    replyCodec: Codec<A>,
    timeoutMs: number,
  ): Promise<A>;
  /** Hears what is sent from now on; of the members of one queue group one gets each message. */
  subscribe<T>(
    subject: string,
    codec: Codec<T>,
    handler: (message: T, meta: MessageMeta) => void | Promise<void>,
    options?: { queue?: string },
  ): Stoppable;
  /**
   * Calls `fn` after each time the connection came back, and after the first connection of a bus that was opened
   * without one; what was not durable in between is lost.
   */
  onReconnect(fn: () => void): Stoppable;
}
