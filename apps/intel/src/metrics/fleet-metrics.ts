import { Inject, Injectable } from '@nestjs/common';
import { VM_STATES } from '#libs/contracts';
import { OPERATION_STATUSES } from '#libs/contracts/http';
import { type Figure, readAtScrape, type Sample } from '#libs/metrics';
import { Database, type FleetFigures } from '../db-operator/index.js';

const MIB = 1024 * 1024;
const DISK_STATES = ['attached', 'available', 'creating', 'deleting', 'failed'];
const HOST_STATES = ['up', 'cordoned', 'maintenance', 'silent'];

/**
 * The fleet as the database knows it, read at each scrape. Every replica says the same: ask for the `max`, not the
 * `sum`. States that nothing is in say 0, so that a rule can tell that from a database that is away.
 */
const FLEET: readonly Figure<FleetFigures>[] = [
  {
    name: 'vman_vms',
    help: 'VMs by the state that the API shows.',
    labelNames: ['state'],
    samples: ({ vms }) => byState(VM_STATES, vms),
  },
  {
    name: 'vman_disks',
    help: 'Disks by state; those that a VM holds are attached.',
    labelNames: ['state'],
    samples: ({ disks }) => byState(DISK_STATES, disks),
  },
  {
    name: 'vman_disks_bytes',
    help: 'Size of all disks as their guests see it.',
    samples: ({ disks }) => [{ value: disks.reduce((sum, it) => sum + it.bytes, 0) }],
  },
  {
    name: 'vman_hosts',
    help: 'Hosts: up, cordoned (or draining), in maintenance (heard or not), or silent.',
    labelNames: ['state'],
    samples: ({ hosts }) => byState(HOST_STATES, hosts),
  },
  {
    name: 'vman_heartbeat_oldest_seconds',
    help: 'Since the last heartbeat of the host that was heard of longest ago, of those not in maintenance.',
    samples: ({ oldestHeartbeatSeconds }) => [{ value: oldestHeartbeatSeconds ?? 0 }],
  },
  {
    name: 'vman_fleet_memory_bytes',
    help: 'Memory of all hosts: what they have, and what is promised to VMs.',
    labelNames: ['kind'],
    samples: ({ room }) => [
      { labels: { kind: 'total' }, value: room.memoryMib * MIB },
      { labels: { kind: 'reserved' }, value: room.reservedMemoryMib * MIB },
    ],
  },
  {
    name: 'vman_fleet_vcpus',
    help: 'CPUs of all hosts, and what is promised to VMs.',
    labelNames: ['kind'],
    samples: ({ room }) => [
      { labels: { kind: 'total' }, value: room.vcpus },
      { labels: { kind: 'reserved' }, value: room.reservedVcpus },
    ],
  },
  {
    name: 'vman_pool_bytes',
    help: 'Storage pools together: what they hold, what is free, and what is promised to disks.',
    labelNames: ['kind'],
    samples: ({ pools }) => [
      { labels: { kind: 'total' }, value: pools.capacityBytes },
      { labels: { kind: 'free' }, value: pools.freeBytes },
      { labels: { kind: 'reserved' }, value: pools.reservedBytes },
    ],
  },
  {
    name: 'vman_operations_open',
    help: 'Operations that have not ended, by kind and status.',
    labelNames: ['kind', 'status'],
    samples: ({ openOperations }) =>
      openOperations.map(({ kind, status, count }) => ({ labels: { kind, status }, value: count })),
  },
  {
    name: 'vman_operation_oldest_seconds',
    help: 'Age of the oldest operation that waits (queued) or is worked on (running); 0 when there is none.',
    labelNames: ['status'],
    samples: ({ openOperations }) =>
      OPERATION_STATUSES.slice(0, 2).map((status) => ({
        labels: { status },
        value: Math.max(
          0,
          ...openOperations.filter((it) => it.status === status).map((it) => it.oldestSeconds),
        ),
      })),
  },
  {
    name: 'vman_outbox_waiting',
    help: 'Committed changes that the bus has not been told of.',
    samples: ({ outbox }) => [{ value: outbox.waiting }],
  },
  {
    name: 'vman_outbox_oldest_seconds',
    help: 'Age of the oldest of them; 0 when there is none.',
    samples: ({ outbox }) => [{ value: outbox.oldestSeconds }],
  },
];

function byState(states: readonly string[], counts: readonly { state: string; count: number }[]): Sample[] {
  const known = new Map(counts.map(({ state, count }) => [state, count]));
  return states.map((state) => ({ labels: { state }, value: known.get(state) ?? 0 }));
}

@Injectable()
export class FleetMetrics {
  constructor(@Inject(Database) database: Database) {
    readAtScrape(() => database.read((tx) => tx.figures.read()), FLEET);
    readAtScrape(
      () => database.pool,
      [
        {
          name: 'vman_database_connections',
          help: 'Connections of the pool of this replica.',
          labelNames: ['state'],
          samples: ({ busy, idle }) => [
            { labels: { state: 'busy' }, value: busy },
            { labels: { state: 'idle' }, value: idle },
          ],
        },
        {
          name: 'vman_database_connections_max',
          help: 'Connections that the pool of this replica may have.',
          samples: ({ max }) => [{ value: max }],
        },
        {
          name: 'vman_database_waiting',
          help: 'Who waits for a connection of the pool.',
          samples: ({ waiting }) => [{ value: waiting }],
        },
      ],
    );
  }
}
