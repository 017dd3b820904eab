import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '../provision/paths.mjs';

export const CHART = join(ROOT, 'helm', 'vman');
const GOLDEN = join(ROOT, 'helm', 'golden');

/** Values whose rendering is kept beside them. @returns {{name: string, values: string, golden: string}[]} */
export function goldenCases() {
  return readdirSync(GOLDEN)
    .filter((file) => file.endsWith('.values.yaml'))
    .map((file) => file.replace('.values.yaml', ''))
    .map((name) => ({
      name,
      values: join(GOLDEN, `${name}.values.yaml`),
      golden: join(GOLDEN, `${name}.expected`),
    }));
}

const OWN_BUS = ['nats.bundled.enabled=false', 'nats.url=tls://nats:4222'];

/** Values that the schema refuses, and a word of each refusal. */
export const REFUSED = [
  ['several replicas on a volume for one node', ['intel.replicas=2'], 'ReadWriteMany'],
  ['scaling on a volume for one node', ['intel.autoscaling.enabled=true'], 'ReadWriteMany'],
  ['a misspelt value', ['intel.replcas=2'], 'replcas'],
  ['a misspelt group', ['oberver.replicas=1'], 'oberver'],
  ['no database', ['postgres.bundled.enabled=false'], 'existingSecret'],
  ['two databases', ['postgres.existingSecret=db'], 'existingSecret'],
  [
    'a migration job before the bundled database is there',
    ['intel.migrationJob.enabled=true'],
    'migrationJob',
  ],
  ['no bus', ['nats.bundled.enabled=false'], 'url'],
  ['two buses', ['nats.url=nats://nats:4222'], 'url'],
  [
    'a token beside credentials',
    [...OWN_BUS, 'nats.credentials.existingSecret=bus', 'nats.existingSecret=token'],
    'existingSecret',
  ],
  [
    'one host for all nodes of a bus that knows each host',
    [...OWN_BUS, 'nats.credentials.existingSecret=bus', 'operator.enabled=true'],
    'operator',
  ],
  [
    'a certificate without its key',
    [...OWN_BUS, 'nats.tls.existingSecret=tls', 'nats.tls.certKey=tls.crt'],
    'keyKey',
  ],
  [
    'a secret in the specification of pods',
    ['intel.env.VMAN_DATABASE_URL=postgres://u:p@h/d'],
    'VMAN_DATABASE_URL',
  ],
  ['guests nowhere', ['operator.guests=moon'], 'guests'],
  ['an operator on every node', ['operator.nodeSelector=null'], 'nodeSelector'],
  ['a setting that is none of ours', ['intel.env.PATH=/bin'], 'PATH'],
  ['a socket folder too long for sockets', [`operator.runPath=/run/${'x'.repeat(60)}`], 'runPath'],
];
