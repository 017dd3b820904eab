import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { createLogger } from './create-logger.js';
import { REDACTED, redactLine } from './redact.js';

const CANARY = 'CANARY-7f3a';

function logged(...args: [object, string?]): string {
  const raw: string[] = [];
  createLogger({ service: 's', level: 'info', destination: { write: (t) => void raw.push(t) } }).info(
    ...args,
  );
  return raw.join('');
}

const secretName = fc.constantFrom(
  'authorization',
  'Set-Cookie',
  'token',
  'natsToken',
  'access_tokens',
  'password',
  'PGPASSWORD',
  'clientSecret',
  'userData',
  'user-data',
  'ticket',
  'apiKey',
  'privateKey',
  'credentials',
);
const nested = fc.letrec((tie) => ({
  node: fc.oneof(
    { maxDepth: 4 },
    fc.constant({ leaf: 1 }),
    fc.record({ [`${CANARY}-free`]: fc.constant('x') }).map(() => ({ plain: 'value' })),
    fc.array(tie('node'), { maxLength: 3 }),
    fc.dictionary(fc.constantFrom('a', 'b', 'spec', 'disks'), tie('node'), { maxKeys: 3 }),
    fc
      .tuple(secretName, fc.constantFrom<unknown>(CANARY, [CANARY], { deep: CANARY }, `x"${CANARY}`))
      .map(([name, value]) => ({ [name]: value })),
  ),
})).node;

describe('redaction', () => {
  it('lets no secret through, at whatever depth and in whatever shape', () => {
    fc.assert(
      fc.property(nested, (value) => {
        const line = logged({ data: value }, 'message');
        expect(line).not.toContain(CANARY);
        expect(() => JSON.parse(line)).not.toThrow();
      }),
    );
  });

  it('holds for bindings of child loggers', () => {
    const raw: string[] = [];
    const logger = createLogger({
      service: 's',
      level: 'info',
      destination: { write: (t) => void raw.push(t) },
    });
    logger.child({ token: CANARY }).info('x');
    expect(raw.join('')).toContain(REDACTED);
    expect(raw.join('')).not.toContain(CANARY);
  });

  it.each([
    `cannot connect to postgres://vman:${CANARY}@db:5432/vman`,
    `cannot connect to postgres://vman:p@ss/${CANARY}@db:5432/vman`,
    `sent Authorization: Bearer ${CANARY}`,
    `nats://${CANARY}@127.0.0.1`,
    `GET http://intel:7400/internal/images/sha256?ticket=${CANARY}&x=1`,
  ])('holds for the text %s, also inside an error and its cause', (text) => {
    expect(logged({}, text)).not.toContain(CANARY);
    expect(logged({ err: new Error('outer', { cause: new Error(text) }) })).not.toContain(CANARY);
  });

  it('leaves what is no secret as it is', () => {
    const line = `${JSON.stringify({ tokenId: 't1', msg: 'the bearer token of basic auth', url: 'http://h/p', password: null })}\n`;
    expect(redactLine(line)).toBe(line);
    const plain = '{"msg":"nothing"}\n';
    expect(redactLine(plain)).toBe(plain);
  });
});
