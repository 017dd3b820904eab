/**
 * VMs that left a host which has not said yet that it let them go. What it is to be told is kept whole: the VM may be
 * elsewhere, changed or deleted by the time it can hear.
 */
import type { EntityManager } from 'typeorm';
import type { DesiredVm } from '#libs/contracts';

export interface Departure {
  vmId: string;
  hostId: string;
  generation: number;
}

const KEEP = `
INSERT INTO vm_departures (vm_id, host_id, generation, desired) VALUES ($1, $2, $3, $4)
ON CONFLICT (vm_id, host_id) DO UPDATE SET generation = EXCLUDED.generation, desired = EXCLUDED.desired`;
const COLUMNS = 'vm_id AS "vmId", host_id AS "hostId", generation::float8 AS generation';

export class DepartureRepository {
  constructor(private readonly manager: EntityManager) {}

  async keep(released: DesiredVm): Promise<void> {
    const { vmId, hostId, generation } = released;
    await this.manager.query(KEEP, [vmId, hostId, generation, JSON.stringify(released)]);
  }

  /** What the host is to be told; undefined when it let the VM go, or has it again. */
  async told(vmId: string, hostId: string): Promise<DesiredVm | undefined> {
    const rows: { desired: DesiredVm }[] = await this.manager.query(
      'SELECT desired FROM vm_departures WHERE vm_id = $1 AND host_id = $2',
      [vmId, hostId],
    );
    return rows[0]?.desired;
  }

  async of(vmId: string, hostId: string): Promise<Departure | undefined> {
    const rows: Departure[] = await this.manager.query(
      `SELECT ${COLUMNS} FROM vm_departures WHERE vm_id = $1 AND host_id = $2`,
      [vmId, hostId],
    );
    return rows[0];
  }

  async ofHost(hostId: string): Promise<Departure[]> {
    return this.manager.query(`SELECT ${COLUMNS} FROM vm_departures WHERE host_id = $1`, [hostId]);
  }

  async ofVm(vmId: string): Promise<Departure[]> {
    return this.manager.query(`SELECT ${COLUMNS} FROM vm_departures WHERE vm_id = $1`, [vmId]);
  }

  async all(): Promise<Departure[]> {
    return this.manager.query(`SELECT ${COLUMNS} FROM vm_departures`);
  }

  async end(vmId: string, hostId: string): Promise<void> {
    await this.manager.query('DELETE FROM vm_departures WHERE vm_id = $1 AND host_id = $2', [vmId, hostId]);
  }
}
