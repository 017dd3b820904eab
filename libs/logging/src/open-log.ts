import type { Logger } from 'pino';
import { type CreateLoggerOptions, createLogger, logPath } from './create-logger.js';
import { logUncaught } from './log-uncaught.js';

/** The settings of the log, as loadConfig gives them. */
interface LogSettings {
  logLevel: CreateLoggerOptions['level'];
  logFile: string | undefined;
  logDir: string | undefined;
  logMaxBytes: number;
  logBackupCount: number;
}

/**
 * The log of a service that starts, which also gets what kills the process. One that cannot be opened is a wrong setting:
 * `refuse` ends the start.
 */
export function openLog<S extends string>(
  service: S,
  settings: LogSettings,
  refuse: (service: S, fault: { key: string; problem: string; instead: string }) => never,
): Logger {
  const { logLevel: level, logFile: file, logDir: dir, logMaxBytes: maxBytes } = settings;
  const options = { service, level, file, dir, maxBytes, backupCount: settings.logBackupCount };
  try {
    const logger = createLogger(options);
    logUncaught(logger, logPath(options));
    return logger;
  } catch (error) {
    return refuse(service, {
      key: file === undefined ? 'VMAN_LOG_DIR' : 'VMAN_LOG_FILE',
      problem: `the log ${logPath(options)} cannot be written (${(error as NodeJS.ErrnoException).code})`,
      instead:
        'name a place that this user can write to, or leave it out: then the log goes to standard output',
    });
  }
}
