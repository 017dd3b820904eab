import { readFile } from 'node:fs/promises';
import { diskBackendPath, type QmpClient } from '#libs/qemu';
import { tapName } from '../network/network-names.js';
import type { LiveProcess } from '../runtime/live-process.js';

/** USER_HZ, which Linux has fixed at 100 for whatever it tells of times. */
const TICKS_PER_SECOND = 100;
const KIB = 1024;
const ANSWER_MS = 1_000;

/** What one VM has used since its start. */
export interface VmUsage {
  cpuSeconds: number;
  residentBytes: number;
  disk: { read: Traffic; written: Traffic };
  /** As the guest sees it; absent when no NIC of it hangs on a bridge: QEMU's own network counts nothing. */
  network?: { received: Traffic; sent: Traffic };
}

export interface Traffic {
  bytes: number;
  /** Requests of disks, packets of networks. */
  count: number;
}

/** Undefined when the process is gone. */
export async function readVmUsage(live: LiveProcess): Promise<VmUsage | undefined> {
  try {
    const [stat, status, disk, network] = await Promise.all([
      readFile(`/proc/${live.pid}/stat`, 'utf8'),
      readFile(`/proc/${live.pid}/status`, 'utf8'),
      diskTraffic(live),
      networkTraffic(live.record.shape.nics.map(({ nicId }) => tapName(nicId))),
    ]);
    return { cpuSeconds: cpuSeconds(stat), residentBytes: residentBytes(status), disk, network };
  } catch {
    return undefined;
  }
}

/** Of the text of /proc/PID/stat; the name in parentheses may itself hold spaces and parentheses. */
export function cpuSeconds(stat: string): number {
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
}

export function residentBytes(status: string): number {
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1] ?? 0) * KIB;
}

async function diskTraffic({ qmp, record }: LiveProcess): Promise<VmUsage['disk']> {
  const read = { bytes: 0, count: 0 };
  const written = { bytes: 0, count: 0 };
  const paths = new Set(record.shape.disks.map(({ diskId }) => diskBackendPath(diskId)));
  for (const { qdev = '', stats } of qmp ? await blockStats(qmp) : []) {
    if (!paths.has(qdev)) continue;
    read.bytes += stats.rd_bytes;
    read.count += stats.rd_operations;
    written.bytes += stats.wr_bytes;
    written.count += stats.wr_operations;
  }
  return { read, written };
}

const blockStats = (qmp: QmpClient) => qmp.execute('query-blockstats', undefined, { timeoutMs: ANSWER_MS });

/** The host's side of a tap receives what the guest sends. */
async function networkTraffic(taps: string[]): Promise<VmUsage['network']> {
  const read = async (tap: string, name: string) =>
    Number(await readFile(`/sys/class/net/${tap}/statistics/${name}`, 'utf8').catch(() => Number.NaN));
  const all = await Promise.all(
    taps.map(async (tap) => ({
      received: { bytes: await read(tap, 'tx_bytes'), count: await read(tap, 'tx_packets') },
      sent: { bytes: await read(tap, 'rx_bytes'), count: await read(tap, 'rx_packets') },
    })),
  );
  const known = all.filter((it) => !Number.isNaN(it.sent.count + it.received.count));
  if (known.length === 0) return undefined;
  const sum = (of: 'received' | 'sent'): Traffic =>
    known.reduce((all, it) => ({ bytes: all.bytes + it[of].bytes, count: all.count + it[of].count }), {
      bytes: 0,
      count: 0,
    });
  return { received: sum('received'), sent: sum('sent') };
}
