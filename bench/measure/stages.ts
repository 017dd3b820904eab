/**
 * Where the time of one change goes, seen from outside: when its request went off, when its desired state and the
 * host's words crossed the bus, how long the host says that each step took, and when its end was committed, which
 * Postgres announces. All of it on one machine, so one clock.
 */
import { connect, type NatsConnection } from '@nats-io/transport-node';
import { Client } from 'pg';
import { desiredVmCodec, type StepRecord, subjects, vmEventCodec } from '#libs/contracts';
import { waitFor } from '#libs/testing';

export type Stages = Record<string, number>;

/** The change that was measured. */
export interface Change {
  vmId: string;
  generation: number;
  operationId: string;
}

interface Heard {
  desiredAt?: number;
  eventAt?: number;
  steps: StepRecord[];
}

const now = () => performance.timeOrigin + performance.now();

export class StageWatch {
  private readonly heard = new Map<string, Heard>();

  /** When an operation was last announced; the last of them, behind its host's words, is its end. */
  private readonly committed = new Map<string, number>();

  private constructor(
    private readonly connection: NatsConnection,
    private readonly database: Client,
  ) {}

  static async open(natsUrl: string, databaseUrl: string, hostId: string): Promise<StageWatch> {
    const connection = await connect({ servers: natsUrl });
    const database = new Client({ connectionString: databaseUrl });
    await database.connect();
    const watch = new StageWatch(connection, database);
    database.on('notification', ({ payload = '' }) => {
      const [kind, id = ''] = payload.split(':');
      if (kind === 'operation') watch.committed.set(id, now());
    });
    await database.query('LISTEN vman_changed');
    connection.subscribe(subjects.desired(hostId, '*'), {
      callback: (_, { data }) => {
        const { generation, vmId } = desiredVmCodec.decode(data);
        watch.of(vmId, generation).desiredAt ??= now();
      },
    });
    connection.subscribe(subjects.event(hostId, 'vm'), {
      callback: (_, { data }) => {
        const { report, steps } = vmEventCodec.decode(data);
        const heard = watch.of(report.vmId, report.observedGeneration);
        heard.steps.push(...steps);
        heard.eventAt ??= now();
      },
    });
    await connection.flush();
    return watch;
  }

  /** Does the work, which is one change; says how long it was until its end was in the database, and where that went. */
  async during(work: () => Promise<Change>): Promise<{ totalMs: number; stages: Stages }> {
    const began = now();
    const { vmId, generation, operationId } = await work();
    const answered = now();
    const { desiredAt, eventAt, ended, steps } = await waitFor(
      () => {
        const { desiredAt, eventAt, steps } = this.of(vmId, generation);
        const ended = this.committed.get(operationId);
        return (
          desiredAt !== undefined &&
          eventAt !== undefined &&
          ended !== undefined &&
          ended >= eventAt && { desiredAt, eventAt, ended, steps }
        );
      },
      { timeoutMs: 5_000, what: 'the bus and the database told of the change' },
    );
    const first = steps[0]?.startedAtMs ?? eventAt;
    const stages: Stages = { 'intel: commit and publish': desiredAt - began };
    stages['operator: accept and plan'] = first - desiredAt;
    for (const { step, durationUs } of steps) {
      const name = `operator: ${step.split(' ')[0]}`;
      stages[name] = (stages[name] ?? 0) + durationUs / 1000;
    }
    const stepped = steps.reduce((sum, { durationUs }) => sum + durationUs / 1000, 0);
    stages['operator: look again and tell'] = eventAt - first - stepped;
    stages['intel: apply and commit'] = ended - eventAt;
    stages['(then the answer)'] = answered - ended;
    return { totalMs: ended - began, stages };
  }

  async close(): Promise<void> {
    await this.connection.close();
    await this.database.end();
  }

  private of(vmId: string, generation: number): Heard {
    const key = `${vmId} ${generation}`;
    const heard = this.heard.get(key) ?? { steps: [] };
    this.heard.set(key, heard);
    return heard;
  }
}
