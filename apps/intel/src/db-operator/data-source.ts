import { DataSource } from 'typeorm';
import {
  AddressEntity,
  BackupEntity,
  DiskEntity,
  HostEntity,
  NetworkEntity,
  NicEntity,
  OperationEntity,
  OutboxEntity,
  PoolEntity,
  PortForwardEntity,
  ProjectEntity,
  SnapshotEntity,
  TemplateEntity,
  TokenEntity,
  VmEntity,
} from './entities/index.js';
import { AddressesSeen1764000900000 } from './migrations/addresses-seen.migration.js';
import { Audit1764000100000 } from './migrations/audit.migration.js';
import { Backups1763900400000 } from './migrations/backups.migration.js';
import { CloudInit1763900500000 } from './migrations/cloud-init.migration.js';
import { Commands1763900000000 } from './migrations/commands.migration.js';
import { Consoles1763901500000 } from './migrations/consoles.migration.js';
import { ExcusedHosts1764430000000 } from './migrations/excused-hosts.migration.js';
import { Facts1763900010000 } from './migrations/facts.migration.js';
import { Failover1763901600000 } from './migrations/failover.migration.js';
import { FirstSlice1763800000000 } from './migrations/first-slice.migration.js';
import { GuestAgent1763850100000 } from './migrations/guest-agent.migration.js';
import { HostFacts1763850500000 } from './migrations/host-facts.migration.js';
import { HotChanges1763850400000 } from './migrations/hot-changes.migration.js';
import { LaunchShapes1763850300000 } from './migrations/launch-shapes.migration.js';
import { Lists1764500000000 } from './migrations/lists.migration.js';
import { Networks1763900600000 } from './migrations/networks.migration.js';
import { Observer1763900700000 } from './migrations/observer.migration.js';
import { Placement1764000200000 } from './migrations/placement.migration.js';
import { Pools1763900100000 } from './migrations/pools.migration.js';
import { Projects1764000000000 } from './migrations/projects.migration.js';
import { SeenAddresses1764400000000 } from './migrations/seen-addresses.migration.js';
import { Snapshots1763900300000 } from './migrations/snapshots.migration.js';
import { StrayDisks1764140400000 } from './migrations/stray-disks.migration.js';
import { StrayVms1764410000000 } from './migrations/stray-vms.migration.js';
import { TemplateSources1763900200000 } from './migrations/template-sources.migration.js';
import { Traces1764300000000 } from './migrations/traces.migration.js';
import { Trash1764420000000 } from './migrations/trash.migration.js';
import { VmExits1763850000000 } from './migrations/vm-exits.migration.js';
import { preparedClient } from './prepared-client.js';

export const POOL_SIZE = 20;

/** The connection of TypeORM; migrations are listed here, oldest first. `backends` is kept by its connections. */
export function makeDataSource(url: string, backends: Set<number>): DataSource {
  return new DataSource({
    type: 'postgres',
    url,
    applicationName: 'vman-intel',
    entities: [
      AddressEntity,
      BackupEntity,
      DiskEntity,
      HostEntity,
      NetworkEntity,
      NicEntity,
      OperationEntity,
      OutboxEntity,
      PoolEntity,
      PortForwardEntity,
      ProjectEntity,
      SnapshotEntity,
      TemplateEntity,
      TokenEntity,
      VmEntity,
    ],
    migrations: [
      FirstSlice1763800000000,
      VmExits1763850000000,
      GuestAgent1763850100000,
      LaunchShapes1763850300000,
      HotChanges1763850400000,
      HostFacts1763850500000,
      Commands1763900000000,
      Facts1763900010000,
      Pools1763900100000,
      TemplateSources1763900200000,
      Snapshots1763900300000,
      Backups1763900400000,
      CloudInit1763900500000,
      Networks1763900600000,
      Observer1763900700000,
      StrayDisks1764140400000,
      Consoles1763901500000,
      Projects1764000000000,
      Audit1764000100000,
      Placement1764000200000,
      AddressesSeen1764000900000,
      Failover1763901600000,
      Traces1764300000000,
      SeenAddresses1764400000000,
      StrayVms1764410000000,
      Trash1764420000000,
      ExcusedHosts1764430000000,
      Lists1764500000000,
    ],
    migrationsTableName: 'migrations',
    migrationsTransactionMode: 'each',
    installExtensions: false,
    logging: false,
    extra: { max: POOL_SIZE, connectionTimeoutMillis: 5_000, Client: preparedClient(backends) },
  });
}
