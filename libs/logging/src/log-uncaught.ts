import type { Logger } from 'pino';

/**
 * Puts what kills the process into the log and ends it with 1. Node itself would write it to standard error once more,
 * in another format and with its secrets; where the log is a file, one line there says where to look.
 */
export function logUncaught(logger: Logger, file?: string): void {
  process.on('uncaughtException', (err, origin) => {
    logger.fatal({ err, origin }, 'uncaught error, the process ends');
    if (file !== undefined) process.stderr.write(`ended by an uncaught error; see the end of ${file}\n`);
    process.exit(1);
  });
}
