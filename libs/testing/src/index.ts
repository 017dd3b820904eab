export { desiredVm } from './build/desired-vm.js';
export { heartbeat } from './build/heartbeat.js';
export { vmReport } from './build/vm-report.js';
export { freePort, freePortRange } from './free-port.js';
export { startKeeper } from './keeper/start-keeper.js';
export { expectNoLeftovers, type Leftovers } from './leftovers/expect-no-leftovers.js';
export { findNatsServer } from './nats/find-nats-server.js';
export { type NatsServer, type NatsServerOptions, startNats } from './nats/start-nats.js';
export { TEST_CERTIFICATES } from './nats/test-certificates.js';
export {
  createTestDatabase,
  type TestDatabase,
  type TestDatabaseOptions,
} from './postgres/create-test-database.js';
export { silentLogger } from './silent-logger.js';
export { testFolder } from './test-folder.js';
export { VirtualClock } from './virtual-clock.js';
export { waitFor } from './wait-for.js';
