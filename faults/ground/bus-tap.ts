/**
 * Hears everything on the bus, over a connection that no fault touches. It keeps what was said, to say it again for
 * the faults of messages, knows when each host was last heard, and sees whether an accepted generation falls. What it
 * said again itself carries a header and is not taken for news.
 */
import { connect, headers, type Msg, type NatsConnection } from '@nats-io/transport-node';
import { heartbeatCodec, hostOfSubject, type VmReport, vmEventCodec } from '#libs/contracts';
import { waitFor } from '#libs/testing';
import type { Violation } from '../violation.js';

export interface Heard {
  subject: string;
  data: Uint8Array;
}

type Kind = 'desired' | 'cmd' | 'evt' | 'hb';

const MARK = 'Vman-Fault';
const KEPT = 2_000;

export class BusTap {
  private readonly kept: Record<Kind, Heard[]> = { desired: [], cmd: [], evt: [], hb: [] };
  private readonly heartbeats = new Map<string, number>();
  private readonly accepted = new Map<string, VmReport>();
  private connectedSince = performance.now();

  private constructor(
    private readonly connection: NatsConnection,
    private readonly violations: Violation[],
  ) {}

  static async open(url: string, violations: Violation[]): Promise<BusTap> {
    const connection = await connect({ servers: url, maxReconnectAttempts: -1, reconnectTimeWait: 50 });
    const tap = new BusTap(connection, violations);
    connection.subscribe('vman.>', { callback: (_, message) => tap.hear(message) });
    void tap.watchConnection();
    await connection.flush();
    return tap;
  }

  /** What was said of one kind, oldest first. */
  said(kind: Kind): readonly Heard[] {
    return this.kept[kind];
  }

  /** Whether it heard this host, or could not have, within the last `ms` before `at`. */
  heardWithin(hostId: string, ms: number, at: number): boolean {
    return Math.max(this.heartbeats.get(hostId) ?? 0, this.connectedSince) >= at - ms;
  }

  say({ subject, data }: Heard): void {
    const mark = headers();
    mark.set(MARK, 'again');
    this.connection.publish(subject, data, { headers: mark });
  }

  async untilSaid(kind: Kind, matches: (heard: Heard) => boolean, timeoutMs: number): Promise<Heard> {
    const what = `something of kind ${kind} was said`;
    return waitFor(() => this.kept[kind].find(matches), { timeoutMs, everyMs: 20, what });
  }

  async close(): Promise<void> {
    await this.connection.close();
  }

  private hear({ subject, data, headers: marks }: Msg): void {
    const [, word = ''] = subject.split('.');
    if (!isKind(word) || marks?.has(MARK)) return;
    const list = this.kept[word];
    list.push({ subject, data: Uint8Array.from(data) });
    if (list.length > KEPT) list.shift();
    if (word === 'hb') this.hearHeartbeat(subject, data);
    if (word === 'evt' && subject.endsWith('.vm')) {
      this.hearReport(hostOfSubject(subject), vmEventCodec.decode(data).report);
    }
  }

  private hearHeartbeat(subject: string, data: Uint8Array): void {
    const host = hostOfSubject(subject);
    this.heartbeats.set(host, performance.now());
    for (const report of heartbeatCodec.decode(data).vms) this.hearReport(host, report);
  }

  private hearReport(host: string, report: VmReport): void {
    const key = `${host} ${report.vmId}`;
    const before = this.accepted.get(key);
    if (before && isOlder(report, before)) return;
    this.accepted.set(key, report);
    if (!before || report.acceptedGeneration >= before.acceptedGeneration) return;
    const what = `VM ${report.vmId}: the accepted generation fell from ${before.acceptedGeneration} to ${report.acceptedGeneration}`;
    this.violations.push({ invariant: 'I7', what });
  }

  private async watchConnection(): Promise<void> {
    for await (const { type } of this.connection.status()) {
      if (type === 'disconnect') this.connectedSince = Number.POSITIVE_INFINITY;
      if (type === 'reconnect') this.connectedSince = performance.now();
    }
  }
}

function isKind(word: string): word is Kind {
  return ['desired', 'cmd', 'evt', 'hb'].includes(word);
}

function isOlder({ rev: a }: VmReport, { rev: b }: VmReport): boolean {
  return a.startCount < b.startCount || (a.startCount === b.startCount && a.sequence < b.sequence);
}
