import type { Fault } from '../fault.js';
import { intelAfterCommit } from './a1-intel-after-commit.fault.js';
import { intelBeforePublish } from './a2-intel-before-publish.fault.js';
import { intelAfterPublish } from './a3-intel-after-publish.fault.js';
import { intelKilled } from './a4-intel-killed.fault.js';
import { intelUpgraded } from './a5-intel-upgraded.fault.js';
import { twoIntels } from './a6-two-intels.fault.js';
import { intelBeforeCommit } from './a7-intel-before-commit.fault.js';
import { operatorKilled } from './a10-operator-killed.fault.js';
import { operatorAtStep } from './a11-operator-at-step.fault.js';
import { operatorAroundSpawn } from './a12-operator-around-spawn.fault.js';
import { operatorAroundAck } from './a13-operator-around-ack.fault.js';
import { operatorFrozen } from './a14-operator-frozen.fault.js';
import { operatorsUpgraded } from './a15-operators-upgraded.fault.js';
import { observerKilled } from './a20-observer-killed.fault.js';
import { observerInRepair } from './a21-observer-in-repair.fault.js';
import { twoObservers } from './a22-two-observers.fault.js';
import { observerAway } from './a23-observer-away.fault.js';
import { busKilled } from './a30-bus-killed.fault.js';
import { busWiped } from './a31-bus-wiped.fault.js';
import { busAway } from './a32-bus-away.fault.js';
import { busFrozen } from './a33-bus-frozen.fault.js';
import { databaseKilled } from './a40-database-killed.fault.js';
import { databaseAway } from './a41-database-away.fault.js';
import { qemuKilled } from './a50-qemu-killed.fault.js';
import { qemuKilledStarting } from './a51-qemu-killed-starting.fault.js';
import { qemuFrozen } from './a52-qemu-frozen.fault.js';
import { qemuKilledSaving } from './a53-qemu-killed-saving.fault.js';
import { guestOff } from './a54-guest-off.fault.js';
import { allKilled } from './a60-all-killed.fault.js';
import { hostCutOff } from './b1-host-cut-off.fault.js';
import { hostUnreachable } from './b2-host-unreachable.fault.js';
import { hostUnheard } from './b3-host-unheard.fault.js';
import { hostDeaf } from './b4-host-deaf.fault.js';
import { observerCutOff } from './b5-observer-cut-off.fault.js';
import { intelOffBus } from './b6-intel-off-bus.fault.js';
import { intelDeaf } from './b7-intel-deaf.fault.js';
import { databaseCut } from './b8-database-cut.fault.js';
import { databaseStalled } from './b9-database-stalled.fault.js';
import { slowNetwork } from './b10-slow-network.fault.js';
import { flapping } from './b11-flapping.fault.js';
import { allCutOff } from './b12-all-cut-off.fault.js';
import { clockJumps } from './c1-clock-jumps.fault.js';
import { bitFlipped } from './d1-bit-flipped.fault.js';
import { diskFull } from './d2-disk-full.fault.js';
import { diskSlow } from './d3-disk-slow.fault.js';
import { baseRemoved } from './d4-base-removed.fault.js';
import { desiredAgain } from './e1-desired-again.fault.js';
import { desiredReordered } from './e2-desired-reordered.fault.js';
import { eventsAgain } from './e3-events-again.fault.js';
import { commandsAgain } from './e4-commands-again.fault.js';
import { poison } from './e5-poison.fault.js';
import { oldHeartbeats } from './e6-old-heartbeats.fault.js';
import { createAfterDelete } from './e7-create-after-delete.fault.js';
import { lyingHeartbeats } from './e8-lying-heartbeats.fault.js';
import { hostReboots } from './f1-host-reboots.fault.js';
import { secondAgent } from './f2-second-agent.fault.js';
import { hostDrained } from './f3-host-drained.fault.js';
import { diskRenamed } from './h1-disk-renamed.fault.js';
import { rowDeleted } from './h2-row-deleted.fault.js';
import { migrationHalfRun } from './h3-migration-half-run.fault.js';

export const CATALOGUE: readonly Fault[] = [
  intelAfterCommit,
  intelBeforePublish,
  intelAfterPublish,
  intelKilled,
  intelUpgraded,
  twoIntels,
  intelBeforeCommit,
  operatorKilled,
  operatorAtStep,
  operatorAroundSpawn,
  operatorAroundAck,
  operatorFrozen,
  operatorsUpgraded,
  observerKilled,
  observerInRepair,
  twoObservers,
  observerAway,
  busKilled,
  busWiped,
  busAway,
  busFrozen,
  databaseKilled,
  databaseAway,
  qemuKilled,
  qemuKilledStarting,
  qemuFrozen,
  qemuKilledSaving,
  guestOff,
  allKilled,
  hostCutOff,
  hostUnreachable,
  hostUnheard,
  hostDeaf,
  observerCutOff,
  intelOffBus,
  intelDeaf,
  databaseCut,
  databaseStalled,
  slowNetwork,
  flapping,
  allCutOff,
  clockJumps,
  bitFlipped,
  diskFull,
  diskSlow,
  baseRemoved,
  desiredAgain,
  desiredReordered,
  eventsAgain,
  commandsAgain,
  poison,
  oldHeartbeats,
  createAfterDelete,
  lyingHeartbeats,
  hostReboots,
  secondAgent,
  hostDrained,
  diskRenamed,
  rowDeleted,
  migrationHalfRun,
];
