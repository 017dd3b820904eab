import { mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { makeBusAuthority, mintServiceCredentials } from '../../dist/libs/bus/src/index.js';

const [target] = process.argv.slice(2);
if (!target) {
  console.error('usage: npm run bus:init -- <new folder>');
  process.exit(2);
}
const folder = resolve(target);
mkdirSync(folder, { mode: 0o700 });
const { serverConfig, accountSeed, operatorSeed } = await makeBusAuthority();
const intel = await mintServiceCredentials(accountSeed, 'intel');
const observer = await mintServiceCredentials(accountSeed, 'observer');
const files = {
  'nats-auth.conf': serverConfig,
  'account.seed': accountSeed,
  'operator.seed': operatorSeed,
  'intel.creds': intel.credentials,
  'observer.creds': observer.credentials,
};
for (const [name, text] of Object.entries(files))
  writeFileSync(join(folder, name), text, { mode: 0o600, flag: 'wx' });
console.log(`Written to ${folder}:
  nats-auth.conf  include it in the configuration of every nats-server
  account.seed    VMAN_BUS_ACCOUNT_SEED_FILE of intel; it signs the credentials of hosts
  intel.creds     VMAN_NATS_CREDENTIALS_FILE of intel
  observer.creds  VMAN_NATS_CREDENTIALS_FILE of the observer
  operator.seed   keep it apart: nothing of VMAN needs it again
Then, for each host: vman host enroll <name> --out <file>`);
