import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import {
  Body,
  Controller,
  Get,
  HttpCode,
  Inject,
  InternalServerErrorException,
  Module,
  Post,
} from '@nestjs/common';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { Test } from '@nestjs/testing';
import {
  createLogger,
  currentContext,
  type Logger,
  LoggingModule,
  NestLogger,
  withContext,
} from './index.js';

type Line = Record<string, unknown>;
const lines: Line[] = [];
const logger = createLogger({
  service: 'intel',
  level: 'debug',
  destination: { write: (text) => void lines.push(JSON.parse(text)) },
});

@Controller()
class Things {
  constructor(@Inject('LOGGER') private readonly plain: Logger) {}

  @Get('things')
  list(): object {
    this.plain.info('inside');
    return currentContext();
  }

  @Post('things')
  @HttpCode(201)
  make(@Body() body: object): object {
    withContext({ vmId: 'v1' }, () => this.plain.info({ body }, 'made'));
    return currentContext();
  }

  @Get('broken')
  broken(): never {
    throw new InternalServerErrorException();
  }

  @Get('health')
  health(): string {
    return 'ok';
  }
}

@Module({
  imports: [LoggingModule.forRoot(logger, { slowRequestMs: 0 })],
  controllers: [Things],
  providers: [{ provide: 'LOGGER', useValue: logger }],
})
class App {}

let app: NestFastifyApplication;
let base: string;
let started: Line[];

beforeAll(async () => {
  const built = await Test.createTestingModule({ imports: [App] }).compile();
  app = built.createNestApplication<NestFastifyApplication>(new FastifyAdapter(), { bufferLogs: true });
  app.useLogger(app.get(NestLogger));
  await app.listen(0, '127.0.0.1');
  base = await app.getUrl();
  started = [...lines];
});
afterAll(() => app.close());
beforeEach(() => {
  lines.length = 0;
});

const completed = () => lines.filter((line) => line.msg === 'request completed');
/** The line is written when the response was sent, which the client may see first. */
async function completedLine(): Promise<Line> {
  const end = Date.now() + 5000;
  while (completed().length === 0 && Date.now() < end) await new Promise((resolve) => setImmediate(resolve));
  expect(completed()).toHaveLength(1);
  return completed()[0] ?? {};
}

it('Nest tells its parts and routes as details', () => {
  const levelsOf = (name: string) =>
    new Set(started.filter((it) => it.context === name).map((it) => it.level));
  expect(levelsOf('NestApplication')).toEqual(new Set(['info']));
  expect(levelsOf('RouterExplorer')).toEqual(new Set(['debug']));
});

describe('requests over real HTTP', () => {
  it('are logged with the id of the caller, which is echoed and is on each line of the work', async () => {
    const answer = await fetch(`${base}/things?ticket=canary`, { headers: { 'X-Request-Id': 'call-7' } });
    expect(answer.headers.get('x-request-id')).toBe('call-7');
    const { requestId, traceparent } = (await answer.json()) as Line;
    expect(requestId).toBe('call-7');
    expect(traceparent).toMatch(/^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/);
    expect(await completedLine()).toMatchObject({
      level: 'info',
      service: 'intel',
      requestId: 'call-7',
      method: 'GET',
      path: '/things',
      status: 200,
      slow: true,
    });
    expect(lines.find((line) => line.msg === 'inside')).toMatchObject({ requestId: 'call-7', traceparent });
    expect(JSON.stringify(lines)).not.toContain('canary');
  });

  it('keep their ids after the body has arrived', async () => {
    const trace = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
    const answer = await fetch(`${base}/things`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', 'X-Request-Id': 'call-8', traceparent: trace },
      body: JSON.stringify({ password: 'canary', big: 'x'.repeat(200_000) }),
    });
    expect(await answer.json()).toEqual({ requestId: 'call-8', traceparent: trace });
    expect(lines.find((line) => line.msg === 'made')).toMatchObject({
      requestId: 'call-8',
      vmId: 'v1',
      traceparent: trace,
    });
    expect(await completedLine()).toMatchObject({ requestId: 'call-8', status: 201, traceparent: trace });
    expect(JSON.stringify(lines)).not.toContain('canary');
  });

  it('get an id of their own when the given one is harmful', async () => {
    const answer = await fetch(`${base}/things`, { headers: { 'X-Request-Id': 'a b<script>' } });
    expect(answer.headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/);
    await completedLine();
  });

  it('are logged when no route takes them', async () => {
    const answer = await fetch(`${base}/nowhere`);
    expect(answer.headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/);
    expect(await completedLine()).toMatchObject({ status: 404, path: '/nowhere', level: 'info' });
  });

  it('are logged at the root path', async () => {
    await fetch(`${base}/`);
    expect(await completedLine()).toMatchObject({ path: '/', status: 404 });
  });

  it('that fail by a bug are errors', async () => {
    await fetch(`${base}/broken`);
    expect(await completedLine()).toMatchObject({ status: 500, level: 'error' });
  });

  it('of probes are not logged', async () => {
    await fetch(`${base}/health?x=1`);
    await fetch(`${base}/things`);
    await completedLine();
    expect(completed().map((line) => line.path)).toEqual(['/things']);
  });
});

it('a line holds each name once', async () => {
  const raw: string[] = [];
  const log = createLogger({
    service: 's',
    level: 'info',
    hostId: 'h1',
    destination: { write: (t) => void raw.push(t) },
  });
  withContext({ vmId: 'of-context', requestId: 'r' }, () =>
    log.child({ vmId: 'of-child' }).info({ requestId: 'given' }, 'x'),
  );
  expect(raw[0]?.match(/"vmId"/g)).toHaveLength(1);
  expect(JSON.parse(raw[0] ?? '')).toMatchObject({ vmId: 'of-child', requestId: 'given', hostId: 'h1' });
});
