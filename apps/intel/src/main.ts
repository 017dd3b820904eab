import 'reflect-metadata';
import { Bus, dialBy } from '#libs/bus';
import { systemClock } from '#libs/clock';
import { loadConfigOrExit, readSupervision, refuseSetting } from '#libs/config';
import { Liveness, ServiceManager } from '#libs/health';
import { openLog } from '#libs/logging';
import { Database } from './db-operator/index.js';
import { makeIntel } from './make-intel.js';

const config = loadConfigOrExit('intel');
const logger = openLog('intel', config, refuseSetting);
const manager = ServiceManager.begin({ asks: readSupervision(), logger });

const database = await Database.open(config.databaseUrl, logger);
const bus = Bus.open({ ...dialBy(config), name: 'vman-intel', logger });
const app = await makeIntel({ config, logger, database, bus, clock: systemClock });
await app.listen(config.intelPort, config.intelAddress);
manager.ready(app.get(Liveness));
logger.info({ url: await app.getUrl() }, 'intel is ready');

let ending = false;
async function end(signal: string): Promise<void> {
  if (ending) return;
  ending = true;
  logger.info({ signal }, 'intel is going down');
  await app.close();
  process.exit(0);
}
process.on('SIGTERM', (signal) => void end(signal));
process.on('SIGINT', (signal) => void end(signal));
void bus.closed.then((error) => {
  if (!error || ending) return;
  logger.fatal({ err: error }, 'the bus connection is over');
  process.exit(1);
});
