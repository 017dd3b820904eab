import { join } from 'node:path';
import { type DestinationStream, type Level, type Logger, type LoggerOptions, pino } from 'pino';
import { currentContext, type LogContext } from './context.js';
import { redactLine } from './redact.js';
import { RotatingFile } from './rotating-file.js';

export interface CreateLoggerOptions {
  /** Which service speaks: `intel`, `operator`, `observer`. */
  service: string;
  level: Level | 'silent';
  /** On every line that has no host of its own in the context. */
  hostId?: string;
  /** Log file; wins over `dir`. Without both: standard output. */
  file?: string;
  /** Folder of `<service>.log`. */
  dir?: string;
  /** 0: never rotated. */
  maxBytes?: number;
  backupCount?: number;
  /** For tests: takes the lines instead. */
  destination?: DestinationStream;
}

/** The one format of all services: a JSON object a line, written before the call returns. */
export function createLogger(options: CreateLoggerOptions): Logger {
  const own = options.hostId === undefined ? {} : { hostId: options.hostId };
  const settings: LoggerOptions = {
    level: options.level,
    base: { service: options.service },
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label) => ({ level: label }) },
    mixin: (_object, _level, logger) => notBound({ ...own, ...currentContext() }, logger),
    serializers: { err: pino.stdSerializers.errWithCause, error: pino.stdSerializers.errWithCause },
    hooks: { streamWrite: redactLine },
  };
  return pino(settings, options.destination ?? openDestination(options));
}

/** A child logger's own ids win; a JSON object must not have one name twice. */
function notBound(ids: LogContext, logger: Logger): object {
  const bound: string = Reflect.get(logger, pino.symbols.chindingsSym);
  return Object.fromEntries(Object.entries(ids).filter(([name]) => !bound.includes(`"${name}":`)));
}

/** Undefined: standard output. */
export function logPath(options: Pick<CreateLoggerOptions, 'service' | 'file' | 'dir'>): string | undefined {
  return options.file ?? (options.dir && join(options.dir, `${options.service}.log`));
}

function openDestination(options: CreateLoggerOptions): DestinationStream {
  const path = logPath(options);
  if (path === undefined) return pino.destination({ fd: 1, sync: true });
  return new RotatingFile(path, options.maxBytes ?? 0, options.backupCount ?? 0);
}
