import type { Drift } from '#libs/domain';
import type { VmFacts } from '../view/facts.js';
import { addressMismatch } from './address-mismatch.rule.js';
import { agentTooOld } from './agent-too-old.rule.js';
import { clockSkew } from './clock-skew.rule.js';
import { crashed } from './crashed.rule.js';
import { duplicateVm } from './duplicate-vm.rule.js';
import { generationLag } from './generation-lag.rule.js';
import { hostLost } from './host-lost.rule.js';
import { hostReturned } from './host-returned.rule.js';
import { imageMissing } from './image-missing.rule.js';
import { missingDisk } from './missing-disk.rule.js';
import { orphanDisk } from './orphan-disk.rule.js';
import { orphanProcess } from './orphan-process.rule.js';
import { portForwardMismatch } from './port-forward-mismatch.rule.js';
import { restartRequiredTooLong } from './restart-required-too-long.rule.js';
import type { HostRule, VmRule } from './rule.js';
import { shouldNotRun } from './should-not-run.rule.js';
import { stuckOperation } from './stuck-operation.rule.js';
import { wrongPowerState } from './wrong-power-state.rule.js';

const VM_RULES: readonly VmRule[] = [
  duplicateVm,
  crashed,
  shouldNotRun,
  wrongPowerState,
  generationLag,
  stuckOperation,
  portForwardMismatch,
  missingDisk,
  imageMissing,
  addressMismatch,
  restartRequiredTooLong,
];

const HOST_RULES: readonly HostRule[] = [
  hostLost,
  hostReturned,
  orphanProcess,
  orphanDisk,
  clockSkew,
  agentTooOld,
];

/** All that differs of one VM on one host. */
export function driftsOfVm(vm: VmFacts, nowMs: number): Drift[] {
  return VM_RULES.flatMap((rule) => rule(vm, nowMs) ?? []);
}

export function driftsOfHost(...facts: Parameters<HostRule>): Drift[] {
  return HOST_RULES.flatMap((rule) => rule(...facts));
}
