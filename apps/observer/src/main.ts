import 'reflect-metadata';
import { Bus, dialBy } from '#libs/bus';
import { systemClock } from '#libs/clock';
import { loadConfigOrExit, readSupervision } from '#libs/config';
import { Liveness, ServiceManager } from '#libs/health';
import { createLogger, logUncaught } from '#libs/logging';
import { startObserver } from './start-observer.js';

const config = loadConfigOrExit('observer');
const logger = createLogger({
  service: 'observer',
  level: config.logLevel,
  file: config.logFile,
  dir: config.logDir,
  maxBytes: config.logMaxBytes,
  backupCount: config.logBackupCount,
});
logUncaught(logger);
const manager = ServiceManager.begin({ asks: readSupervision(), logger });
const bus = Bus.open({ ...dialBy(config), name: 'observer', logger });
const app = await startObserver({ bus, clock: systemClock, config, logger });
app.enableShutdownHooks();
manager.ready(app.get(Liveness));
logger.info({ address: await app.getUrl() }, 'observer is up');
const fault = await bus.closed;
if (fault) {
  logger.fatal({ err: fault }, 'the connection to the bus is over for good');
  process.exit(1);
}
