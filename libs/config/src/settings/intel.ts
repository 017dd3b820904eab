import type { Settings } from '../setting.js';

/** Settings of the REST gateway. */
export const intelSettings = {
  intelAddress: {
    env: 'VMAN_INTEL_ADDRESS',
    type: 'string',
    pattern: /^[A-Za-z0-9.:_-]+$/,
    form: 'an IP address or a host name',
    default: '127.0.0.1',
    description: 'Address on which the REST API listens.',
    example: '0.0.0.0',
  },
  intelPort: {
    env: 'VMAN_INTEL_PORT',
    type: 'integer',
    min: 0,
    max: 65535,
    default: '7400',
    description: 'Port on which the REST API listens. 0: any free one.',
  },
  intelPublicUrl: {
    env: 'VMAN_INTEL_PUBLIC_URL',
    type: 'url',
    schemes: ['http', 'https'],
    default: 'http://<VMAN_INTEL_ADDRESS>:<VMAN_INTEL_PORT>',
    description: 'URL under which the hosts reach intel to fetch images.',
    example: 'https://vman.example.net',
  },
  databaseUrl: {
    env: 'VMAN_DATABASE_URL',
    type: 'url',
    schemes: ['postgres', 'postgresql'],
    required: true,
    secret: true,
    description: 'The Postgres database (14 or newer).',
    example: 'postgres://vman:password@127.0.0.1:5432/vman',
  },
  imageStorePath: {
    env: 'VMAN_IMAGE_STORE_PATH',
    type: 'path',
    default: '/var/lib/vman/images',
    description: 'Folder of the template images; a shared volume when there is more than one intel.',
  },
  imageImportPath: {
    env: 'VMAN_IMAGE_IMPORT_PATH',
    type: 'path',
    description: 'The only folder from which templates may be made of local files. Empty: none may.',
    example: '/srv/images',
  },
  bootstrapTokenFile: {
    env: 'VMAN_BOOTSTRAP_TOKEN_FILE',
    type: 'path',
    default: '<VMAN_IMAGE_STORE_PATH>/../first-token',
    description: 'File (mode 0600) into which the first admin token is written at the first start.',
  },
  forwardPortRange: {
    env: 'VMAN_FORWARD_PORT_RANGE',
    type: 'port-range',
    default: '30000-32767',
    description: 'Host ports that are handed out to port forwards, both ends included.',
  },
  forwardAddress: {
    env: 'VMAN_FORWARD_ADDRESS',
    type: 'string',
    pattern: /^[A-Za-z0-9.:_-]+$/,
    form: 'an IP address',
    default: '127.0.0.1',
    description: 'Address of the host on which port forwards listen.',
    example: '0.0.0.0',
  },
} as const satisfies Settings;
