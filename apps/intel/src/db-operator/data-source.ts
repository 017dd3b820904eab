import { DataSource } from 'typeorm';
import {
  DiskEntity,
  HostEntity,
  NicEntity,
  OperationEntity,
  OutboxEntity,
  PortForwardEntity,
  TemplateEntity,
  TokenEntity,
  VmEntity,
} from './entities/index.js';
import { Commands1763900000000 } from './migrations/commands.migration.js';
import { FirstSlice1763800000000 } from './migrations/first-slice.migration.js';
import { GuestAgent1763850100000 } from './migrations/guest-agent.migration.js';
import { HostFacts1763850500000 } from './migrations/host-facts.migration.js';
import { HotChanges1763850400000 } from './migrations/hot-changes.migration.js';
import { LaunchShapes1763850300000 } from './migrations/launch-shapes.migration.js';
import { VmExits1763850000000 } from './migrations/vm-exits.migration.js';

const POOL_SIZE = 20;

/** The connection of TypeORM; migrations are listed here, oldest first. */
export function makeDataSource(url: string): DataSource {
  return new DataSource({
    type: 'postgres',
    url,
    applicationName: 'vman-intel',
    entities: [
      DiskEntity,
      HostEntity,
      NicEntity,
      OperationEntity,
      OutboxEntity,
      PortForwardEntity,
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
    ],
    migrationsTableName: 'migrations',
    migrationsTransactionMode: 'each',
    installExtensions: false,
    logging: false,
    extra: { max: POOL_SIZE, connectionTimeoutMillis: 5_000 },
  });
}
