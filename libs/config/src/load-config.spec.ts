import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import {
  ConfigError,
  type ConfigFault,
  type ConfigSources,
  disarmFailpoints,
  failpointSync,
  loadConfig,
} from './index.js';

const DB = 'postgres://vman:CANARY@127.0.0.1/vman';
let cwd: string;
beforeEach(() => {
  cwd = mkdtempSync(join(tmpdir(), 'config-'));
});
afterEach(() => {
  disarmFailpoints();
  rmSync(cwd, { recursive: true });
});

type Given = Partial<ConfigSources> & { file?: string };
function sourcesOf({ file, ...given }: Given): ConfigSources {
  if (file !== undefined) writeFileSync(join(cwd, '.env'), file);
  return { argv: [], env: {}, cwd, ...given };
}
const operator = (given: Given = {}) => loadConfig('operator', sourcesOf(given));
const intel = (given: Given = {}) =>
  loadConfig('intel', sourcesOf({ env: { VMAN_DATABASE_URL: DB }, ...given }));

function faultsOf(load: () => unknown): readonly ConfigFault[] {
  try {
    load();
  } catch (error) {
    if (error instanceof ConfigError) return error.faults;
    throw error;
  }
  throw new Error('no fault');
}
const keysOf = (load: () => unknown) => faultsOf(load).map((fault) => fault.key);

describe('settings', () => {
  it('have their defaults when nothing is given', () => {
    expect(operator()).toEqual({
      logLevel: 'info',
      logFile: undefined,
      logDir: undefined,
      logMaxBytes: 10485760,
      logBackupCount: 5,
      natsUrl: 'nats://127.0.0.1:4222',
      natsToken: undefined,
      drainTime: 0,
      failpoints: undefined,
      allowFailpoints: false,
      storagePath: '/var/lib/vman',
      runPath: '/run/vman',
      hostId: undefined,
      hostName: hostname(),
      qemuBinary: 'qemu-system-x86_64',
      qemuAccel: 'auto',
      operatorAddress: '127.0.0.1',
      operatorPort: 7401,
      operatorDryRun: false,
      operatorParallel: 8,
      operatorStarts: 4,
      ovmfPath: undefined,
      qemuUser: undefined,
      launcher: 'direct',
      pools: undefined,
      backupBandwidth: 0,
      vmMetrics: false,
      imageCacheFreePercent: 10,
      imageCacheMaxAge: 2_592_000_000,
      imageCacheMaxGib: 100,
      natsCaFile: undefined,
      natsCertFile: undefined,
      natsCredentials: undefined,
      natsKeyFile: undefined,
    });
  });

  it('that depend on others follow them', () => {
    const config = intel({
      argv: ['--intel-address=::1', '--intel-port', '80', '--image-store-path=/data/images'],
    });
    expect(config.intelPublicUrl).toBe('http://[::1]:80');
    expect(config.bootstrapTokenFile).toBe('/data/first-token');
  });

  it('cannot be changed', () => {
    expect(Object.isFrozen(operator())).toBe(true);
    expect(Object.isFrozen(intel().forwardPortRange)).toBe(true);
  });

  it.each([
    ['VMAN_OBSERVER_INTERVAL', '1m', 'observerInterval', 60_000],
    ['VMAN_OBSERVER_INTERVAL', '1500', 'observerInterval', 1500],
    ['VMAN_OBSERVER_INTERVAL', '0.5s', 'observerInterval', 500],
    ['VMAN_NATS_URL', 'nats://a:1, tls://b:2/', 'natsUrl', 'nats://a:1,tls://b:2'],
    ['VMAN_ALLOW_FAILPOINTS', 'ON', 'allowFailpoints', true],
    ['VMAN_ALLOW_FAILPOINTS', '0', 'allowFailpoints', false],
    ['VMAN_LOG_LEVEL', ' debug ', 'logLevel', 'debug'],
  ])('%s=%s is read as meant', (name, text, key, value) => {
    const config = loadConfig('observer', sourcesOf({ env: { [name]: text } }));
    expect(config[key as keyof typeof config]).toEqual(value);
  });

  it('are read as meant: a range, a UUID, a path, a switch without a value', () => {
    expect(intel({ argv: ['--forward-port-range=100-200'] }).forwardPortRange).toEqual({
      first: 100,
      last: 200,
    });
    const id = '01890A5D-AC96-774B-BCCE-B302099A8057';
    const config = operator({ argv: ['--operator-dry-run', '--storage-path=data', '--host-id', id] });
    expect(config).toMatchObject({
      operatorDryRun: true,
      storagePath: join(cwd, 'data'),
      hostId: id.toLowerCase(),
    });
  });
});

describe('sources', () => {
  it('win in this order: command line, environment, .env, default', () => {
    const all = {
      argv: ['--log-level', 'error'],
      env: { VMAN_LOG_LEVEL: 'warn' },
      file: 'VMAN_LOG_LEVEL=debug',
    };
    expect(operator(all).logLevel).toBe('error');
    expect(operator({ ...all, argv: [] }).logLevel).toBe('warn');
    expect(operator({ file: 'VMAN_LOG_LEVEL="debug" # why' }).logLevel).toBe('debug');
  });

  it('that give an empty text give nothing', () => {
    expect(operator({ env: { VMAN_LOG_LEVEL: '' }, file: 'VMAN_LOG_LEVEL=debug' }).logLevel).toBe('debug');
    expect(keysOf(() => intel({ env: { VMAN_DATABASE_URL: ' ' } }))).toEqual(['VMAN_DATABASE_URL']);
  });

  it('may hold the names of other services and of the tools', () => {
    const env = { VMAN_DATABASE_URL: DB, VMAN_NATS_SERVER: '/usr/sbin/nats-server', OTHER: 'x' };
    expect(() => operator({ env })).not.toThrow();
  });

  it('that cannot be read are a fault', () => {
    mkdirSync(join(cwd, '.env'));
    expect(keysOf(() => operator())).toEqual([join(cwd, '.env')]);
  });
});

describe('secrets', () => {
  it('may be in a file', () => {
    writeFileSync(join(cwd, 'url'), `${DB}\n`);
    expect(intel({ env: { VMAN_DATABASE_URL_FILE: 'url' } }).databaseUrl).toBe(DB);
  });

  it('are refused when given twice, in a file that is missing or empty, or on the command line', () => {
    writeFileSync(join(cwd, 'empty'), '\n');
    const file = 'VMAN_DATABASE_URL_FILE=/nowhere';
    expect(faultsOf(() => intel({ file }))[0]?.problem).toContain('given twice');
    expect(faultsOf(() => intel({ env: {}, file }))[0]?.problem).toContain('ENOENT');
    expect(faultsOf(() => intel({ env: { VMAN_DATABASE_URL_FILE: 'empty' } }))[0]?.problem).toContain(
      'empty',
    );
    expect(faultsOf(() => intel({ argv: [`--database-url=${DB}`] }))[0]?.instead).toContain(
      '--database-url-file',
    );
  });

  it.each([
    'http://u:CANARY@h',
    'nats://u:CAN/ARY@h:4222',
    'nats://u:ugly@CANARY@h,http://h2',
    'nats://u:a,CANARY@h',
    'nats://h1:1,http://u:CANARY@h2',
  ])('are never in a fault: %s', (natsUrl) => {
    const env = { VMAN_DATABASE_URL: 'mysql://u:CANARY@h/d', VMAN_NATS_URL: natsUrl };
    const faults = faultsOf(() => intel({ env }));
    expect(faults).toHaveLength(2);
    expect(JSON.stringify(faults)).not.toMatch(/CANARY|CAN|ARY@/);
  });

  it('that are put on the command line in a wrong way are not repeated', () => {
    const argv = ['VMAN_DATABASE_URL=postgres://u:CANARY@h/d', 'postgres://u:CAN@ARY@h/d', '-p=CANARY'];
    const faults = faultsOf(() => intel({ argv }));
    expect(faults.map((fault) => [fault.key, fault.instead])).toEqual([
      ['VMAN_DATABASE_URL=...', 'write --database-url=..., or put it before the program, as environment'],
      ['postgres://[secret]@h/d', 'write settings as --log-level=debug, or remove it'],
      ['-p=...', 'write settings as --log-level=debug, or remove it'],
    ]);
  });
});

describe('faults', () => {
  it('are all told at once, each with what to write instead', () => {
    const env = {
      VMAN_LOG_LEVEL: 'loud',
      VMAN_OPERATOR_PORT: 'abc',
      VMAN_LOG_LEVL: 'debug',
      VMAN_OPERATOR_PARALLEL: '0',
      VMAN_HOST_ID: 'me',
      VMAN_HOST_NAME: 'a b',
      VMAN_OPERATOR_DRY_RUN: 'maybe',
      VMAN_NATS_URL: 'nats://a,b',
    };
    const faults = faultsOf(() => operator({ env, argv: ['--log-leve=1', 'start', '--intel-port=1', '-v'] }));
    const by = Object.fromEntries(faults.map((fault) => [fault.key, `${fault.problem} -> ${fault.instead}`]));
    expect(by).toEqual({
      start: 'is not a flag of the form --name=value -> write settings as --log-level=debug, or remove it',
      '-v': 'is not a flag of the form --name=value -> write settings as --log-level=debug, or remove it',
      '--log-leve': 'is not a setting (command line) -> did you mean --log-level?',
      '--intel-port': 'belongs to intel, not to operator -> remove it',
      VMAN_LOG_LEVL: 'is not a setting (environment) -> did you mean VMAN_LOG_LEVEL?',
      VMAN_LOG_LEVEL:
        '"loud" (environment) is not one of the choices -> write one of: trace, debug, info, warn, error, fatal, silent',
      VMAN_OPERATOR_PORT: '"abc" (environment) is not a whole number -> write a whole number from 0 to 65535',
      VMAN_OPERATOR_PARALLEL: '"0" (environment) is out of range -> write a whole number from 1 to 256 (VMs)',
      VMAN_HOST_ID:
        '"me" (environment) is not a UUID -> write a UUID such as 01890a5d-ac96-774b-bcce-b302099a8057',
      VMAN_HOST_NAME:
        '"a b" (environment) does not have the right form -> write letters, digits, dots and dashes',
      VMAN_OPERATOR_DRY_RUN: '"maybe" (environment) is neither true nor false -> write true or false',
      VMAN_NATS_URL:
        '"nats://a,b" (environment) is not a URL -> write a URL that starts with nats:// or tls://',
    });
  });

  it('of a given text are told also when the default would follow another fault', () => {
    const argv = ['--intel-port=x', '--intel-public-url=ftp://h'];
    expect(keysOf(() => intel({ argv }))).toEqual(['VMAN_INTEL_PORT', 'VMAN_INTEL_PUBLIC_URL']);
  });

  it('make a readable list and the exit status 78', () => {
    const error = new ConfigError('intel', [{ key: 'VMAN_X', problem: 'is odd', instead: 'remove it' }]);
    expect(error.exitStatus).toBe(78);
    expect(error.message).toBe('The settings of intel have 1 fault:\n  VMAN_X: is odd\n      -> remove it');
  });

  it('of files that are read at the start are told then, and of what lacks its other half', () => {
    const env = { VMAN_NATS_CA_FILE: '/nowhere/ca.pem', VMAN_NATS_CERT_FILE: '/nowhere/cert.pem' };
    expect(
      faultsOf(() => operator({ env })).map((fault) => `${fault.key} ${fault.problem} -> ${fault.instead}`),
    ).toEqual([
      'VMAN_NATS_CA_FILE "/nowhere/ca.pem" (environment) cannot be read (ENOENT) -> name a file that this user can read',
      'VMAN_NATS_CERT_FILE "/nowhere/cert.pem" (environment) cannot be read (ENOENT) -> name a file that this user can read',
      'VMAN_NATS_CERT_FILE needs VMAN_NATS_KEY_FILE beside it -> set VMAN_NATS_KEY_FILE too, or remove VMAN_NATS_CERT_FILE',
    ]);
    writeFileSync(join(cwd, 'pem'), '');
    const files = ['--nats-ca-file=pem', '--nats-cert-file=pem', '--nats-key-file=pem'];
    expect(operator({ argv: files }).natsCaFile).toBe(join(cwd, 'pem'));
  });

  it('a service has one way to be let in by the bus', () => {
    const credentials =
      '-----BEGIN NATS USER JWT-----\nCANARY\n------END NATS USER JWT------\n-----BEGIN USER NKEY SEED-----\nCANARY';
    expect(operator({ env: { VMAN_NATS_CREDENTIALS: credentials } }).natsCredentials).toBe(credentials);
    const env = { VMAN_NATS_TOKEN: 'CANARY', VMAN_NATS_CREDENTIALS: credentials };
    const faults = faultsOf(() => operator({ env }));
    expect(faults.map((fault) => fault.key)).toEqual(['VMAN_NATS_TOKEN']);
    expect(JSON.stringify(faults)).not.toContain('CANARY');
  });

  it('a run folder leaves room for the names of sockets', () => {
    expect(operator({ argv: [`--run-path=/${'x'.repeat(79)}`] }).runPath).toHaveLength(80);
    expect(faultsOf(() => operator({ argv: [`--run-path=/${'x'.repeat(80)}`] }))[0]).toMatchObject({
      key: 'VMAN_RUN_PATH',
      instead: 'write a path of at most 80 bytes',
    });
  });

  it.each([
    ['VMAN_NATS_URL', 'ws://h:1'],
    ['VMAN_NATS_CREDENTIALS', 'CANARY'],
    ['VMAN_BUS_ACCOUNT_SEED', 'CANARY'],
    ['VMAN_NATS_URL', 'nats://h:1,nats://token@h2:1'],
    ['VMAN_IMAGE_STORE_PATH', '/proc/images'],
    ['VMAN_LOG_DIR', '/sys'],
    ['VMAN_FORWARD_ADDRESS', 'host-1'],
    ['VMAN_IMPORT_URL_ALLOW', '10.0.0.0/33'],
    ['VMAN_IMPORT_URL_ALLOW', '999.1.1.1/8'],
    ['VMAN_IMPORT_URL_ALLOW', 'fd00::/129'],
    ['VMAN_FORWARD_PORT_RANGE', '9-1'],
    ['VMAN_FORWARD_PORT_RANGE', 'all'],
    ['VMAN_INTEL_PUBLIC_URL', 'ftp://h'],
    ['VMAN_IMAGE_STORE_PATH', 'a\0b'],
    ['VMAN_DATABASE_URL', 'postgres:///'],
    ['VMAN_COMPLETELY_ELSE', '1'],
  ])('%s=%j is one', (name, text) => {
    expect(keysOf(() => intel({ env: { VMAN_DATABASE_URL: DB, [name]: text } }))).toEqual([name]);
  });

  it.each(['abc', '50ms', '2h'])('an interval of %s is one', (text) => {
    const load = () => loadConfig('observer', sourcesOf({ env: { VMAN_OBSERVER_INTERVAL: text } }));
    expect(faultsOf(load)[0]?.instead).toBe('write a time from 100ms to 1h, such as 500ms, 30s, 5m, 2h');
  });

  it('a wildcard address needs a public URL', () => {
    expect(keysOf(() => intel({ argv: ['--intel-address=0.0.0.0'] }))).toEqual(['VMAN_INTEL_PUBLIC_URL']);
    expect(() => intel({ argv: ['--intel-address=0.0.0.0', '--intel-public-url=http://h:1'] })).not.toThrow();
  });

  it('an .env without read permission is one for those it hides from', () => {
    writeFileSync(join(cwd, '.env'), '');
    chmodSync(join(cwd, '.env'), 0o000);
    if (process.getuid?.() === 0) expect(() => operator()).not.toThrow();
    else expect(keysOf(() => operator())).toEqual([join(cwd, '.env')]);
  });
});

describe('failpoints', () => {
  const env = { VMAN_FAILPOINTS: 'a.b=error, c=pause:5,d=crash' };

  it('are refused unless allowed', () => {
    expect(keysOf(() => operator({ env }))).toEqual(['VMAN_FAILPOINTS']);
    expect(() => failpointSync('a.b')).not.toThrow();
  });

  it('act when allowed', () => {
    operator({ env: { ...env, VMAN_ALLOW_FAILPOINTS: '1' } });
    expect(() => failpointSync('a.b')).toThrow('failpoint a.b');
  });

  it('that make no sense are a fault', () => {
    expect(
      keysOf(() => operator({ env: { VMAN_FAILPOINTS: 'a=explode', VMAN_ALLOW_FAILPOINTS: '1' } })),
    ).toEqual(['VMAN_FAILPOINTS']);
  });
});
