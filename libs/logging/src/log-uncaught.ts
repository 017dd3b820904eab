import type { Logger } from 'pino';

/** Puts what kills the process into the log; Node then ends it as always. */
export function logUncaught(logger: Logger): void {
  process.on('uncaughtExceptionMonitor', (err, origin) => {
    logger.fatal({ err, origin }, 'uncaught error, the process ends');
  });
}
