export interface RunningPostgres {
  readonly url: string;
  readonly port: number;
  readonly pid: number;
  readonly dataDir: string;
  readonly logFile: string;
  readonly exited: Promise<void>;
  stop(): Promise<void>;
}
export function startPostgres(options: {
  dataDir: string;
  port?: number;
  fsync?: boolean;
  log?: (line: string) => void;
}): Promise<RunningPostgres>;
