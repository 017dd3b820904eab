/** The catalogue of what must be survived, entry by entry: which faults of this tool are it, and where else it is tried. */
export interface Entry {
  what: string;
  /** Ids of faults. */
  faults: readonly string[];
  /** Files that try it, from the root of the project. */
  elsewhere: readonly string[];
}

const entry = (what: string, faults = '', ...elsewhere: string[]): Entry => ({
  what,
  faults: faults.split(' ').filter((id) => id !== ''),
  elsewhere,
});

const OPERATOR = 'apps/operator/src';
const SIMULATOR = 'test/simulator/simulator.int.spec.ts';
const FAILOVER = 'test/e2e/failover.e2e.spec.ts';
const KILLED = `${OPERATOR}/steps/killed.slow.spec.ts`;

export const ENTRIES: readonly Entry[] = [
  entry('intel killed before its commit', 'A7', 'test/intel/address-kills.int.spec.ts'),
  entry('... after its commit', 'A1 A4'),
  entry('... between commit and publication', 'A2', 'test/e2e/recovery.e2e.spec.ts'),
  entry('... after the publication', 'A3', 'test/e2e/recovery.e2e.spec.ts'),
  entry('two replicas of intel with the same key', 'A6'),
  entry(
    'the operator killed at each step',
    'A10 A11',
    KILLED,
    'test/e2e/killed-hot.slow.spec.ts',
    `${OPERATOR}/disks/killed-disks.slow.spec.ts`,
    `${OPERATOR}/snapshots/killed-snapshots.slow.spec.ts`,
    `${OPERATOR}/network/killed-networks.slow.spec.ts`,
  ),
  entry('... between spawn and the saved pid', 'A12', KILLED),
  entry('... restarted with 50 guests, one of them hung', 'A52', `${OPERATOR}/adopt/crowd.slow.spec.ts`),
  entry('the observer killed, in mid-repair too', 'A20 A21 A23'),
  entry('two observers at once', 'A22', SIMULATOR),
  entry('the bus killed during publish, consume and acknowledgement', 'A30 A13 A60'),
  entry('... its data wiped', 'A31', 'test/e2e/recovery.e2e.spec.ts'),
  entry('... away for long, then back; frozen', 'A32 A33'),
  entry('the database killed', 'A40 A41'),
  entry('QEMU killed while it runs, starts, saves its guest', 'A50 A51 A53'),
  entry(
    'the guest reboots or powers off by itself',
    'A54',
    'test/e2e/lifecycle.e2e.spec.ts',
    `${OPERATOR}/adopt/handover.int.spec.ts`,
  ),
  entry('a host cut off, for seconds and for longer', 'B1 B2', 'test/e2e/returned-host.slow.spec.ts'),
  entry('... in one direction only', 'B3 B4 B6 B7', SIMULATOR),
  entry('the observer cut off from all', 'B5'),
  entry('30 % of the hosts flapping', 'B11', SIMULATOR, 'apps/observer/src/repair/brake.spec.ts'),
  entry('the wall clock jumps by an hour', 'C1', SIMULATOR),
  entry('an agent frozen past its lease, then continued', 'A14', FAILOVER),
  entry(
    'a full disk during create, snapshot, import',
    'D2',
    `${OPERATOR}/storage/full-host.int.spec.ts`,
    `${OPERATOR}/snapshots/full-storage.int.spec.ts`,
    `${OPERATOR}/backups/full-pool.int.spec.ts`,
    'test/intel/full-store.int.spec.ts',
  ),
  entry('a slow disk', 'D3'),
  entry('a flipped bit in a journal', 'D1', `${OPERATOR}/storage/state-files.spec.ts`),
  entry('the base image of running overlays removed', 'D4', 'libs/qemu/src/img/qemu-img.int.spec.ts'),
  entry(
    'the sweep of orphans while the database is behind',
    '',
    'test/intel/stray-disks.int.spec.ts',
    'test/e2e/upgrade.e2e.spec.ts',
  ),
  entry('messages twice, five times, late', 'E1 E3 E4', `${OPERATOR}/life-cycle.int.spec.ts`),
  entry('start, stop, start reordered', 'E2', `${OPERATOR}/life-cycle.int.spec.ts`),
  entry('a create after its delete', 'E7', `${OPERATOR}/commands/commands.int.spec.ts`),
  entry('poison', 'E5'),
  entry(
    'versions N-1 and N+1',
    '',
    'test/intel/older-agent.int.spec.ts',
    'libs/contracts/src/newer-wire.spec.ts',
    'apps/observer/src/rules/host-rules.spec.ts',
  ),
  entry('a heartbeat that lies', 'E6 E8'),
  entry('a host that reboots', 'F1', `${OPERATOR}/adopt/handover.int.spec.ts`),
  entry(
    '... reinstalled under the same name; two agents with one identity',
    'F2',
    'libs/domain/src/hosts/judge-identity.spec.ts',
    FAILOVER,
  ),
  entry('... drained with work in flight', 'F3', 'test/intel/upkeep.int.spec.ts'),
  entry('... upgraded with guests running', 'A15 A5', 'test/e2e/upgrade.e2e.spec.ts'),
  entry('1,000 hosts, 100,000 VMs, 500 creates', '', 'bench/fleet.bench.ts', 'bench/api.bench.ts', SIMULATOR),
  entry('a slow reader of events', '', 'test/intel/feed.int.spec.ts'),
  entry('a pool of 8 addresses, 50 creates, kills', '', 'test/intel/address-kills.int.spec.ts'),
  entry('a soak of random work and faults', '', 'faults/main.ts'),
  entry('a row deleted by hand', 'H2'),
  entry('a QEMU killed by hand', 'A50', 'test/e2e/observer.e2e.spec.ts'),
  entry('a disk renamed by hand', 'H1', `${OPERATOR}/life-cycle.int.spec.ts`),
  entry('a migration half run', 'H3'),
];
