import type { Drift, Observer, Pool } from '#libs/client';
import { bytes } from '../output/figures.js';
import { type Finding, fault, ok, warning } from './finding.js';

/** Whether anybody keeps the fleet coherent, and what keeps them from it. Pure. */
export function observerFindings(observer: Observer): Finding[] {
  if (!observer.heard) {
    const cure = 'Start an observer; until then each host restarts by itself what crashes there.';
    return [fault('repairs', 'no observer is heard', cure)];
  }
  const found: Finding[] = [];
  if (observer.brake) {
    const message = `the brake is on: ${observer.brakeReason ?? 'too much is wrong at once'}`;
    found.push(fault('repairs', message, 'Look at `vman drift list --state present` for what they share.'));
  }
  if (observer.observeOnly) {
    found.push(warning('repairs', 'the observer only observes', 'Unset VMAN_OBSERVER_OBSERVE_ONLY there.'));
  }
  if (observer.pauses > 0) {
    const message = `paused in ${observer.pauses} places`;
    found.push(warning('repairs', message, 'See `vman repair pauses`; `vman repair unpause` ends one.'));
  }
  return found.length > 0
    ? found
    : [ok('repairs', `the observer decides, ${observer.openDrifts} drifts are open`)];
}

/** What is not as it should be and will not be so by itself. Pure. */
export function driftFindings(drifts: readonly Drift[]): Finding[] {
  const stuck = drifts.filter(
    (it) => it.state === 'gave-up' || (it.state === 'open' && it.decision !== 'repair'),
  );
  if (stuck.length === 0) return [ok('drifts', `${drifts.length} open, none that needs somebody`)];
  return stuck.map(({ id, kind, vm, host, expected, seen, reason }) => {
    const message = `${kind}: ${expected} is wanted, ${seen} is seen; ${reason}`;
    const cure = vm ? `Look at it: vman vm explain ${vm.name}` : `Look at it: vman drift get ${id}`;
    return warning(vm ? `vm ${vm.name}` : `host ${host.name}`, message, cure);
  });
}

/** Pools that take no disks. Pure. */
export function poolFindings(pools: readonly Pool[]): Finding[] {
  const full = pools.filter((it) => !it.acceptsDisks);
  const away = pools.filter((it) => it.hosts.some((host) => !host.available));
  if (full.length + away.length === 0) return [ok('pools', `${pools.length}, all take disks`)];
  return [
    ...full.map((pool) => {
      const message = `takes no new disks: ${bytes(pool.freeBytes)} of ${bytes(pool.capacityBytes)} are free`;
      const cure = 'Free space there, add storage, or raise its limits: vman pool update.';
      return warning(`pool ${pool.name}`, message, cure);
    }),
    ...away.flatMap((pool) =>
      pool.hosts
        .filter((host) => !host.available)
        .map((host) => {
          const message = `is not available on ${host.name}: ${host.reason}`;
          return fault(`pool ${pool.name}`, message, 'Mount it there, or look at its file system.');
        }),
    ),
  ];
}
