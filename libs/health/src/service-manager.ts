// Job: tell the service manager that started the process (systemd, or what speaks like it) that it is up, and as often
// as it asks that it lives. How: Node cannot write to such a socket, so systemd's own program does. A sign comes from
// a timer, so a blocked event loop gives none; nor does a process of which a loop is stuck. Before it is up a sign asks
// for more time: a start may wait for the database as long as it takes, but a hung one is ended, too.
import { execFile } from 'node:child_process';
import type { Liveness } from './liveness.js';

/** So many signs in the time of the watchdog that one which is late does no harm. */
const SIGNS = 3;

export interface ServiceManagerOptions {
  asks: { listens: boolean; watchdogMs: number | undefined };
  logger: { warn(fields: object, message: string): void; fatal(fields: object, message: string): void };
  program?: string;
}

export class ServiceManager {
  #liveness: Pick<Liveness, 'stuck'> | undefined;
  #timer: NodeJS.Timeout | undefined;
  #warned = false;
  #wasStuck = false;

  private constructor(private readonly options: ServiceManagerOptions) {}

  /** To be called when the process begins. */
  static begin(options: ServiceManagerOptions): ServiceManager {
    const manager = new ServiceManager(options);
    const { listens, watchdogMs } = options.asks;
    if (!listens || watchdogMs === undefined) return manager;
    manager.#sign();
    manager.#timer = setInterval(() => manager.#sign(), watchdogMs / SIGNS);
    manager.#timer.unref();
    return manager;
  }

  /** It does its work from now on. */
  ready(liveness: Pick<Liveness, 'stuck'>): void {
    this.#liveness = liveness;
    this.#tell('READY=1');
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  #sign(): void {
    if (!this.#liveness) {
      this.#tell(`EXTEND_TIMEOUT_USEC=${(this.options.asks.watchdogMs ?? 0) * 1000}`);
      return;
    }
    const { stuck } = this.#liveness;
    if (stuck.length === 0) this.#tell('WATCHDOG=1');
    else if (!this.#wasStuck) this.options.logger.fatal({ stuck }, 'stuck; the service manager will end it');
    this.#wasStuck = stuck.length > 0;
  }

  #tell(word: string): void {
    const { asks, logger, program = 'systemd-notify' } = this.options;
    if (!asks.listens) return;
    execFile(program, [word], (error) => {
      if (!error || this.#warned) return;
      this.#warned = true;
      logger.warn({ err: error, word }, 'the service manager cannot be told');
    });
  }
}
