/**
 * Where the time of one change goes, seen from outside: when its request went off, when its desired state and the
 * host's words crossed the bus, how long the host says that each step took, and when the answer was there. All of it
 * on one machine, so one clock.
 */
import { connect, type NatsConnection } from '@nats-io/transport-node';
import { desiredVmCodec, type StepRecord, subjects, vmEventCodec } from '#libs/contracts';
import { waitFor } from '#libs/testing';

export type Stages = Record<string, number>;

interface Heard {
  desiredAt?: number;
  eventAt?: number;
  steps: StepRecord[];
}

const now = () => performance.timeOrigin + performance.now();

export class StageWatch {
  private readonly heard = new Map<string, Heard>();

  private constructor(private readonly connection: NatsConnection) {}

  static async open(natsUrl: string, hostId: string): Promise<StageWatch> {
    const connection = await connect({ servers: natsUrl });
    const watch = new StageWatch(connection);
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

  /** Does the work, which is one change, and says where its time went. */
  async during(work: () => Promise<{ vmId: string; generation: number }>): Promise<Stages> {
    const began = now();
    const { vmId, generation } = await work();
    const ended = now();
    const { desiredAt, eventAt, steps } = await waitFor(
      () => {
        const { desiredAt, eventAt, steps } = this.of(vmId, generation);
        return desiredAt !== undefined && eventAt !== undefined && { desiredAt, eventAt, steps };
      },
      { timeoutMs: 5_000, what: 'the bus told of the change' },
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
    stages['intel: apply and answer'] = ended - eventAt;
    return stages;
  }

  async close(): Promise<void> {
    await this.connection.close();
  }

  private of(vmId: string, generation: number): Heard {
    const key = `${vmId} ${generation}`;
    const heard = this.heard.get(key) ?? { steps: [] };
    this.heard.set(key, heard);
    return heard;
  }
}
