import './small-heap.js';
import 'reflect-metadata';
import { systemClock } from '#libs/clock';
import { ConfigError, EXIT_CONFIG, loadConfigOrExit, readSupervision, refuseSetting } from '#libs/config';
import { Liveness, ServiceManager } from '#libs/health';
import { openLog } from '#libs/logging';
import { giveMemoryBack } from './give-memory-back.js';
import { SERVICE } from './operator.config.js';
import { startOperator } from './start-operator.js';

/** By then it has adopted what runs and is idle. */
const SETTLED_MS = 5_000;

// Nothing that this program or a guest's makes is anybody else's.
process.umask(0o077);
const config = loadConfigOrExit(SERVICE);
const logger = openLog(SERVICE, config, refuseSetting);
const manager = ServiceManager.begin({ asks: readSupervision(), logger });
try {
  const { app, bus } = await startOperator(config, logger);
  manager.ready(app.get(Liveness));
  systemClock.setTimeout(giveMemoryBack, SETTLED_MS);
  void bus.closed.then((error) => {
    if (!error) return;
    logger.fatal({ err: error }, 'the bus is closed for good');
    process.exit(1);
  });
} catch (error) {
  if (error instanceof ConfigError) {
    logger.fatal(error.message);
    process.exit(EXIT_CONFIG);
  }
  logger.fatal({ err: error }, 'the operator cannot start');
  process.exit(1);
}
