import { driftOfHost, type HostRule } from './rule.js';

/** Disk files that no VM of their host holds or asks for. They are shown here; intel, which knows all disks, acts. */
export const orphanDisk: HostRule = (host, { nowMs }) =>
  host.complete
    ? host.strayDisks.map(({ diskId, poolId, fileBytes }) =>
        driftOfHost(host, {
          rule: 'orphan-disk',
          subject: diskId,
          expected: 'every disk file has its row',
          seen: `disk ${diskId} in pool ${poolId || 'local'} takes ${fileBytes} bytes`,
          since: nowMs,
          decision: {
            kind: 'leave',
            why: 'it may be the only copy of something: it goes into quarantine before anything else',
          },
        }),
      )
    : [];
