import type { EntityManager } from 'typeorm';
import { type HeldRow, holdRows } from './hold-rows.js';
import { announce, type ChangedKind } from './notify.js';
import type { Rehearsal } from './rehearsal.js';
import { AddressRepository } from './repositories/address.repository.js';
import { AddressListRepository } from './repositories/address-list.repository.js';
import { AuditRepository } from './repositories/audit.repository.js';
import { BackupRepository } from './repositories/backup.repository.js';
import { BusStateRepository } from './repositories/bus-state.repository.js';
import { ConsoleTicketRepository } from './repositories/console-ticket.repository.js';
import { DepartureRepository } from './repositories/departure.repository.js';
import { DiskRepository } from './repositories/disk.repository.js';
import { DriftRepository } from './repositories/drift.repository.js';
import { ExitRepository } from './repositories/exit.repository.js';
import { FactRepository } from './repositories/fact.repository.js';
import { FiguresRepository } from './repositories/figures.repository.js';
import { HostRepository } from './repositories/host.repository.js';
import { IdempotencyRepository } from './repositories/idempotency.repository.js';
import { LeadRepository } from './repositories/lead.repository.js';
import { NetworkRepository } from './repositories/network.repository.js';
import { OperationRepository } from './repositories/operation.repository.js';
import { OutboxRepository } from './repositories/outbox.repository.js';
import { PoolRepository } from './repositories/pool.repository.js';
import { PortForwardRepository } from './repositories/port-forward.repository.js';
import { ProjectRepository } from './repositories/project.repository.js';
import { RepairRepository } from './repositories/repair.repository.js';
import { RepairPauseRepository } from './repositories/repair-pause.repository.js';
import { SecretRepository } from './repositories/secret.repository.js';
import { SnapshotRepository } from './repositories/snapshot.repository.js';
import { StrayDiskRepository } from './repositories/stray-disk.repository.js';
import { StrayVmRepository } from './repositories/stray-vm.repository.js';
import { TemplateRepository } from './repositories/template.repository.js';
import { TokenRepository } from './repositories/token.repository.js';
import { VmRepository } from './repositories/vm.repository.js';
import { VmPartsRepository } from './repositories/vm-parts.repository.js';

/** All data of intel within one transaction, or outside of any. */
export class Tx {
  readonly addresses: AddressRepository;
  readonly addressList: AddressListRepository;
  readonly audit: AuditRepository;
  readonly backups: BackupRepository;
  readonly busState: BusStateRepository;
  readonly consoleTickets: ConsoleTicketRepository;
  readonly departures: DepartureRepository;
  readonly disks: DiskRepository;
  readonly drifts: DriftRepository;
  readonly exits: ExitRepository;
  readonly facts: FactRepository;
  readonly figures: FiguresRepository;
  readonly hosts: HostRepository;
  readonly idempotency: IdempotencyRepository;
  readonly lead: LeadRepository;
  readonly networks: NetworkRepository;
  readonly operations: OperationRepository;
  readonly outbox: OutboxRepository;
  readonly pools: PoolRepository;
  readonly forwards: PortForwardRepository;
  readonly projects: ProjectRepository;
  readonly repairs: RepairRepository;
  readonly repairPauses: RepairPauseRepository;
  readonly secrets: SecretRepository;
  readonly snapshots: SnapshotRepository;
  readonly strayDisks: StrayDiskRepository;
  readonly strayVms: StrayVmRepository;
  readonly templates: TemplateRepository;
  readonly tokens: TokenRepository;
  readonly vms: VmRepository;
  readonly parts: VmPartsRepository;

  /** `rehearsal`: it is undone at its end. */
  constructor(
    private readonly manager: EntityManager,
    readonly rehearsal?: Rehearsal,
  ) {
    this.addresses = new AddressRepository(manager);
    this.addressList = new AddressListRepository(manager);
    this.audit = new AuditRepository(manager);
    this.backups = new BackupRepository(manager);
    this.busState = new BusStateRepository(manager);
    this.consoleTickets = new ConsoleTicketRepository(manager);
    this.departures = new DepartureRepository(manager);
    this.disks = new DiskRepository(manager);
    this.drifts = new DriftRepository(manager);
    this.exits = new ExitRepository(manager);
    this.facts = new FactRepository(manager);
    this.figures = new FiguresRepository(manager);
    this.hosts = new HostRepository(manager);
    this.idempotency = new IdempotencyRepository(manager);
    this.lead = new LeadRepository(manager);
    this.networks = new NetworkRepository(manager);
    this.operations = new OperationRepository(manager);
    this.outbox = new OutboxRepository(manager);
    this.pools = new PoolRepository(manager);
    this.forwards = new PortForwardRepository(manager);
    this.projects = new ProjectRepository(manager);
    this.repairs = new RepairRepository(manager);
    this.repairPauses = new RepairPauseRepository(manager);
    this.secrets = new SecretRepository(manager);
    this.snapshots = new SnapshotRepository(manager);
    this.strayDisks = new StrayDiskRepository(manager);
    this.strayVms = new StrayVmRepository(manager);
    this.templates = new TemplateRepository(manager);
    this.tokens = new TokenRepository(manager);
    this.vms = new VmRepository(manager);
    this.parts = new VmPartsRepository(manager);
  }

  /** Held against other changes until the transaction ends, in this order. */
  async hold(rows: readonly HeldRow[]): Promise<void> {
    await holdRows(this.manager, rows);
  }

  /** Wakes those who wait for this, in all replicas, once the transaction has committed. */
  async announce(kind: ChangedKind, id: string): Promise<void> {
    await announce(this.manager, kind, id);
  }
}
