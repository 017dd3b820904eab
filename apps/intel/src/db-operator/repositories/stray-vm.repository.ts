import type { EntityManager } from 'typeorm';
import type { VmState } from '#libs/contracts';
import { TIMERS } from '#libs/domain';
import type { Page } from '../keyset.js';
import { type Listed, type ListWish, listedPage, listing, positional } from '../listing.js';

export interface StrayVmRow {
  vmId: string;
  hostId: string;
  hostName: string;
  /** As its host says. */
  state: VmState;
  firstSeenAt: Date;
  lastSeenAt: Date;
}

/** What a host did not tell of again is no stray any more: it was let go, or is known by now. */
const SELECT = `
SELECT s.vm_id AS "vmId", s.host_id AS "hostId", s.host_name AS "hostName", s.state, s.first_seen_at AS "firstSeenAt",
  s.last_seen_at AS "lastSeenAt"
FROM (
  SELECT s.*, h.name AS host_name FROM stray_vms s JOIN hosts h ON h.id = s.host_id
  WHERE (h.seen_at IS NULL OR s.last_seen_at > h.seen_at - interval '${TIMERS.hostUnknown} milliseconds')
    AND NOT EXISTS (SELECT 1 FROM vms v WHERE v.id = s.vm_id)) AS s`;

const LISTED: Listed = {
  id: 's.vm_id',
  filters: { state: 's.state = ?', host: '(s.host_name = ? OR s.host_id::text = ?)' },
};

/** Only what nobody knows: one that left the host, and one that is elsewhere, are known. */
const SIGHT = `
INSERT INTO stray_vms (vm_id, host_id, state)
SELECT id, $1::uuid, state FROM unnest($2::uuid[], $3::text[]) AS told (id, state)
WHERE NOT EXISTS (SELECT 1 FROM vms v WHERE v.id = told.id)
  AND NOT EXISTS (SELECT 1 FROM vm_departures d WHERE d.vm_id = told.id)
ON CONFLICT (vm_id) DO UPDATE SET host_id = EXCLUDED.host_id, state = EXCLUDED.state, last_seen_at = now()
RETURNING vm_id AS "vmId", first_seen_at = last_seen_at AS "isNew"`;

/** VMs that a host has and that no row of a VM knows. */
export class StrayVmRepository {
  constructor(private readonly manager: EntityManager) {}

  /** Gives those that were not seen before. */
  async sight(hostId: string, told: readonly { vmId: string; state: string }[]): Promise<string[]> {
    const columns = [told.map(({ vmId }) => vmId), told.map(({ state }) => state)];
    const rows: { vmId: string; isNew: boolean }[] = await this.manager.query(SIGHT, [hostId, ...columns]);
    return rows.filter(({ isNew }) => isNew).map(({ vmId }) => vmId);
  }

  async get(vmId: string): Promise<StrayVmRow | undefined> {
    const rows: StrayVmRow[] = await this.manager.query(`${SELECT} WHERE s.vm_id = $1`, [vmId]);
    return rows[0];
  }

  async page(wish: ListWish): Promise<Page<StrayVmRow>> {
    const list = listing(LISTED, wish);
    const { tail, values } = positional(list);
    const rows: StrayVmRow[] = await this.manager.query(`${SELECT} ${tail}`, values);
    return listedPage(rows, list, ({ vmId }) => ({ id: vmId }));
  }

  async forget(vmId: string): Promise<void> {
    await this.manager.query('DELETE FROM stray_vms WHERE vm_id = $1', [vmId]);
  }
}
