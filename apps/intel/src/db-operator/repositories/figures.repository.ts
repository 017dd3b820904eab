import type { EntityManager } from 'typeorm';
import { HOST_SEEN, SHOWN_STATE } from '../shown-state.js';

interface Count {
  state: string;
  count: number;
}

/** The fleet in numbers, as the database knows it. */
export interface FleetFigures {
  vms: Count[];
  disks: (Count & { bytes: number })[];
  hosts: Count[];
  /** Of the host that was heard of longest ago, of those that are expected to be there; null: there is none. */
  oldestHeartbeatSeconds: number | null;
  room: { memoryMib: number; reservedMemoryMib: number; vcpus: number; reservedVcpus: number };
  pools: { capacityBytes: number; freeBytes: number; reservedBytes: number };
  openOperations: { kind: string; status: string; count: number; oldestSeconds: number }[];
  outbox: { waiting: number; oldestSeconds: number };
}

/** One answer, since each statement is a round trip. */
const FIGURES = `
SELECT json_build_object(
  'vms', (SELECT coalesce(json_agg(x), '[]') FROM (
    SELECT state, count(*) AS count FROM (
      SELECT ${SHOWN_STATE} AS state FROM vms v LEFT JOIN hosts h ON h.id = v.host_id) s GROUP BY state) x),
  'disks', (SELECT coalesce(json_agg(x), '[]') FROM (
    SELECT CASE WHEN vm_id IS NULL THEN state ELSE 'attached' END AS state, count(*) AS count,
      sum(size_bytes)::float8 AS bytes FROM disks GROUP BY 1) x),
  'hosts', (SELECT coalesce(json_agg(x), '[]') FROM (
    SELECT CASE WHEN h.upkeep = 'maintenance' THEN 'maintenance' WHEN ${HOST_SEEN} IS NOT TRUE THEN 'silent'
      WHEN h.draining OR h.cordoned THEN 'cordoned' ELSE 'up' END AS state, count(*) AS count FROM hosts h GROUP BY 1) x),
  'oldestHeartbeatSeconds', (SELECT max(extract(epoch FROM now() - seen_at))::float8 FROM hosts
    WHERE upkeep <> 'maintenance'),
  'room', (SELECT json_build_object('memoryMib', coalesce(sum(memory_mib), 0),
    'reservedMemoryMib', coalesce(sum(reserved_memory_mib), 0), 'vcpus', coalesce(sum(cpus), 0),
    'reservedVcpus', coalesce(sum(reserved_vcpus), 0)) FROM hosts),
  'pools', (SELECT json_build_object('capacityBytes', coalesce(sum(capacity_bytes), 0)::float8,
    'freeBytes', coalesce(sum(free_bytes), 0)::float8,
    'reservedBytes', coalesce(sum(reserved_bytes), 0)::float8) FROM pools),
  'openOperations', (SELECT coalesce(json_agg(x), '[]') FROM (
    SELECT kind, status, count(*) AS count,
      extract(epoch FROM now() - min(queued_at))::float8 AS "oldestSeconds"
    FROM operations WHERE finished_at IS NULL GROUP BY kind, status) x),
  'outbox', (SELECT json_build_object('waiting', count(*),
    'oldestSeconds', coalesce(extract(epoch FROM now() - min(created_at)), 0)::float8)
    FROM outbox WHERE sent_at IS NULL)) AS figures`;

export class FiguresRepository {
  constructor(private readonly manager: EntityManager) {}

  async read(): Promise<FleetFigures> {
    const rows: { figures: FleetFigures }[] = await this.manager.query(FIGURES);
    const [row] = rows;
    if (!row) throw new Error('the database answered no figures');
    return row.figures;
  }
}
