/** One run of a nats-server, however it is run. */
export interface NatsRun {
  /** Holds it where it is, as a frozen machine would; and lets it go on. */
  freeze(): Promise<void>;
  thaw(): Promise<void>;
  /** Resolves once it is gone. */
  end(how: 'orderly' | 'killed'): Promise<void>;
  /** The process ended by itself: what it said. */
  failure(): string | undefined;
}

export interface NatsLaunch {
  /** What the server calls itself to its clients. */
  name: string;
  port: number;
  dataDir: string;
  token: string | undefined;
  config?: string | undefined;
}
