import type { Settings } from '../setting.js';

/** Settings of all three services. */
export const commonSettings = {
  logLevel: {
    env: 'VMAN_LOG_LEVEL',
    type: 'enum',
    values: ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'],
    default: 'info',
    description: 'The least severe level that is logged.',
    example: 'debug',
  },
  logFile: {
    env: 'VMAN_LOG_FILE',
    type: 'path',
    description: 'Log into this file instead of standard output. One process a file; wins over VMAN_LOG_DIR.',
    example: '/var/log/vman/vman.log',
  },
  logDir: {
    env: 'VMAN_LOG_DIR',
    type: 'path',
    description: 'Log into `<service>.log` in this folder instead of standard output.',
    example: '/var/log/vman',
  },
  logMaxBytes: {
    env: 'VMAN_LOG_MAX_BYTES',
    type: 'integer',
    min: 0,
    max: 2 ** 40,
    unit: 'bytes',
    default: '10485760',
    description: 'A log file that would grow beyond this is rotated to `.1`. 0: never.',
  },
  logBackupCount: {
    env: 'VMAN_LOG_BACKUP_COUNT',
    type: 'integer',
    min: 0,
    max: 1000,
    unit: 'files',
    default: '5',
    description: 'How many rotated log files are kept. 0: none, the file starts anew.',
  },
  natsUrl: {
    env: 'VMAN_NATS_URL',
    type: 'url-list',
    schemes: ['nats', 'tls'],
    noUser: 'VMAN_NATS_TOKEN or VMAN_NATS_CREDENTIALS',
    default: 'nats://127.0.0.1:4222',
    description:
      'The NATS servers, comma separated; tried until one answers. `tls://` takes none that does not encrypt.',
    example: 'nats://nats-1:4222,nats://nats-2:4222',
  },
  natsToken: {
    env: 'VMAN_NATS_TOKEN',
    type: 'string',
    secret: true,
    description: 'Token for the NATS servers, when they ask for one.',
  },
  natsCredentials: {
    env: 'VMAN_NATS_CREDENTIALS',
    type: 'string',
    pattern: /^-+BEGIN NATS USER JWT-+\n[\s\S]+\n-+BEGIN USER NKEY SEED-+\n/,
    form: 'what a NATS credentials file holds',
    secret: true,
    description:
      'Content of a NATS credentials file; mostly given as VMAN_NATS_CREDENTIALS_FILE. `vman host enroll` makes that of a host.',
  },
  natsCaFile: {
    env: 'VMAN_NATS_CA_FILE',
    type: 'path',
    read: true,
    description:
      'Certificates (PEM) of who may have signed that of the NATS servers. Empty: the system knows them.',
  },
  natsCertFile: {
    env: 'VMAN_NATS_CERT_FILE',
    type: 'path',
    read: true,
    description: 'Own certificate (PEM) for NATS servers that ask for one.',
  },
  natsKeyFile: {
    env: 'VMAN_NATS_KEY_FILE',
    type: 'path',
    read: true,
    description: 'Key (PEM) of VMAN_NATS_CERT_FILE.',
  },
  drainTime: {
    env: 'VMAN_DRAIN_TIME',
    type: 'duration',
    minMs: 0,
    maxMs: 15_000,
    default: '0',
    description:
      'When it is told to end, it goes on serving for so long while /ready answers 503, so that load balancers send new requests elsewhere.',
    example: '5s',
  },
  failpoints: {
    env: 'VMAN_FAILPOINTS',
    type: 'failpoints',
    description:
      'For tests only: makes named points of the code crash the process, throw, or pause. Refused unless VMAN_ALLOW_FAILPOINTS is true.',
    example: 'intel.after-commit=crash,relay.publish=pause:500',
  },
  allowFailpoints: {
    env: 'VMAN_ALLOW_FAILPOINTS',
    type: 'boolean',
    default: 'false',
    description: 'For tests only: lets VMAN_FAILPOINTS act.',
  },
} as const satisfies Settings;
