import { afterEach, describe, expect, it } from '@jest/globals';
import { type FakeHandler, FakeQmpServer } from './fake-qmp-server.fixture.js';
import { QmpClient, QmpClosedError, QmpError, QmpJobError, QmpTimeoutError, runJob } from './index.js';

const JOB = 'job-1';
const OPTIONS = { timeoutMs: 2_000 };

describe('runJob', () => {
  let server: FakeQmpServer;
  let client: QmpClient;
  let jobs: { id: string; status: string; error?: string }[] = [];

  /** Answers what every case shares; `onStart` decides how the job goes. */
  async function serve(onStart: FakeHandler, onCancel: FakeHandler = () => {}): Promise<void> {
    jobs = [];
    server = await FakeQmpServer.start((command, fake) => {
      switch (command.execute) {
        case 'query-jobs':
          return fake.reply(command, jobs);
        case 'block-stream':
          return onStart(command, fake);
        case 'job-cancel':
          onCancel(command, fake);
          return fake.reply(command, {});
        default:
          return fake.reply(command, {});
      }
    });
    client = await QmpClient.connect(server.path);
  }

  function move(status: string, error?: string): void {
    jobs = [{ id: JOB, status, ...(error === undefined ? {} : { error }) }];
    server.event('JOB_STATUS_CHANGE', { id: 'another', status: 'concluded' });
    server.event('JOB_STATUS_CHANGE', { id: JOB, status });
  }

  const start = () => client.execute('block-stream', { 'job-id': JOB, device: 'd' });
  const executed = (): string[] => server.commands.map(({ execute }) => execute);

  afterEach(async () => {
    client.close();
    await server.stop();
  });

  it('waits for the conclusion and dismisses the job', async () => {
    await serve((command, fake) => {
      fake.reply(command, {});
      move('running');
      move('concluded');
    });
    await runJob(client, JOB, start, OPTIONS);
    expect(executed().at(-1)).toBe('job-dismiss');
  });

  it('notices a job that concluded before the answer to its command', async () => {
    await serve((command, fake) => {
      jobs = [{ id: JOB, status: 'concluded' }];
      fake.reply(command, {});
    });
    await runJob(client, JOB, start, OPTIONS);
    expect(executed()).toContain('job-dismiss');
  });

  it('completes a job that is ready, or does what it was told', async () => {
    await serve((command, fake) => {
      fake.reply(command, {});
      move('ready');
      move('concluded');
    });
    await runJob(client, JOB, start, OPTIONS);
    expect(executed()).toContain('job-complete');
    let told = 0;
    const onReady = async () => {
      told += 1;
    };
    await runJob(client, JOB, start, { ...OPTIONS, onReady });
    expect(told).toBeLessThanOrEqual(1);
  });

  it('tells the words of a job that failed, after dismissing it', async () => {
    await serve((command, fake) => {
      fake.reply(command, {});
      move('concluded', "Snapshot 't' already exists");
    });
    await expect(runJob(client, JOB, start, OPTIONS)).rejects.toThrow(QmpJobError);
    expect(executed()).toContain('job-dismiss');
  });

  it('does not wait when the job could not be started', async () => {
    await serve(({ id }, fake) => fake.send({ id, error: { class: 'GenericError', desc: 'no' } }));
    await expect(runJob(client, JOB, start, OPTIONS)).rejects.toThrow(QmpError);
  });

  it('cancels a job that takes too long, and dismisses it once it has stopped', async () => {
    await serve(
      (command, fake) => fake.reply(command, {}),
      () => move('concluded'),
    );
    await expect(runJob(client, JOB, start, { timeoutMs: 30 })).rejects.toThrow(QmpTimeoutError);
    await client.execute('query-status');
    expect(executed()).toEqual(expect.arrayContaining(['job-cancel', 'job-dismiss']));
  });

  it('accepts that a job that took too long is gone when it is cancelled', async () => {
    await serve(
      (command, fake) => fake.reply(command, {}),
      ({ id }, fake) => fake.send({ id, error: { class: 'DeviceNotActive', desc: 'gone' } }),
    );
    await expect(runJob(client, JOB, start, { timeoutMs: 30 })).rejects.toThrow(QmpTimeoutError);
  });

  it('ends when QEMU ends', async () => {
    await serve((command, fake) => {
      fake.reply(command, {});
      setTimeout(() => fake.hangUp(), 10);
    });
    await expect(runJob(client, JOB, start, OPTIONS)).rejects.toThrow(QmpClosedError);
  });

  it('is content when the job dismissed itself', async () => {
    await serve((command, fake) => {
      fake.reply(command, {});
      fake.event('JOB_STATUS_CHANGE', { id: JOB, status: 'null' });
    });
    await runJob(client, JOB, start, OPTIONS);
    expect(executed()).not.toContain('job-dismiss');
  });
});
