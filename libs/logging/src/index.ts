export { InjectPinoLogger, Logger as NestLogger, PinoLogger } from 'nestjs-pino';
export type { Logger } from 'pino';
export { currentContext, type LogContext, withContext } from './context.js';
export { type CreateLoggerOptions, createLogger } from './create-logger.js';
export { logUncaught } from './log-uncaught.js';
export { LoggingModule } from './logging.module.js';
export { REDACTED, redactLine } from './redact.js';
export { contextOfRequest, type RequestContext } from './request-context.js';
export { QUIET_PATHS } from './request-log.js';
