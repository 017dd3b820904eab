import 'reflect-metadata';
import { Bus, dialBy } from '#libs/bus';
import { systemClock } from '#libs/clock';
import { loadConfigOrExit, readSupervision, refuseSetting } from '#libs/config';
import { Liveness, ServiceManager } from '#libs/health';
import { openLog } from '#libs/logging';
import { startObserver } from './start-observer.js';

const config = loadConfigOrExit('observer');
const logger = openLog('observer', config, refuseSetting);
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
