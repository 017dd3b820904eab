/** Brings the tables up to date and ends: the job before an upgrade. intel does the same at its start. */
import { loadConfigOrExit } from '#libs/config';
import { createLogger, logUncaught } from '#libs/logging';
import { Database } from './db-operator/index.js';

const config = loadConfigOrExit('intel');
const logger = createLogger({ service: 'intel', level: config.logLevel });
logUncaught(logger);
const database = await Database.open(config.databaseUrl, logger);
await database.close();
logger.info('the tables are up to date');
