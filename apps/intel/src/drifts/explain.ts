import type { DriftView, ExplainView, HostJudgementView, OperationView } from '#libs/contracts/http';
import type { SeenVm } from '../db-operator/index.js';

export interface ExplainFacts {
  seen: SeenVm;
  drifts: DriftView[];
  /** Newest first. */
  operations: OperationView[];
  /** Why it is not started on another host; empty while its own is heard. */
  failover: string[];
  /** Pauses that concern it, in words. */
  pauses: string[];
  /** Why no observer mends anything now; undefined when one does. */
  observerLack: string | undefined;
  /** How each host would be judged now. */
  placement: HostJudgementView[];
}

/** Why a VM is as it is, and what happens next. Pure. */
export function explain({
  seen,
  drifts,
  operations,
  failover,
  pauses,
  observerLack,
  placement,
}: ExplainFacts): ExplainView {
  const { vm, shown } = seen;
  const hostHeard = shown !== 'unknown';
  const underWay = operations.filter((it) => it.finishedAt === undefined);
  const blockedBy = [
    ...(hostHeard ? [] : [`its host ${seen.hostName} was not heard in time`]),
    ...failover,
    ...drifts.filter((it) => it.decision === 'hold' || it.decision === 'leave').map((it) => it.reason),
    ...(vm.failureCode ? [`${vm.failureCode}: ${vm.failureMessage}`] : []),
    ...pauses,
    ...(drifts.length > 0 && observerLack ? [observerLack] : []),
  ];
  const next = [
    ...drifts.flatMap((it) => it.nextTryAt ?? []),
    ...(vm.nextRestartAt ? [vm.nextRestartAt.toISOString()] : []),
  ];
  const reached = vm.observedGeneration >= vm.generation;
  const coherent =
    hostHeard && reached && drifts.length === 0 && vm.failureCode === '' && underWay.length === 0;
  return {
    vm: { id: vm.id, name: vm.name },
    coherent,
    summary: summaryOf({ coherent, seen, drifts, underWay, blockedBy }),
    desired: {
      state: vm.desiredPower,
      generation: vm.generation,
      startGeneration: vm.startGeneration,
      host: { id: vm.hostId, name: seen.hostName },
    },
    observed: {
      state: shown,
      reason: vm.reason,
      acceptedGeneration: vm.acceptedGeneration,
      observedGeneration: vm.observedGeneration,
      pid: vm.pid || undefined,
      at: vm.observedAt?.toISOString(),
      hostHeard,
    },
    drifts,
    blockedBy: [...new Set(blockedBy)],
    nextTryAt: next.sort()[0],
    placement,
    operations,
  };
}

function summaryOf(facts: {
  coherent: boolean;
  seen: SeenVm;
  drifts: DriftView[];
  underWay: OperationView[];
  blockedBy: string[];
}): string {
  const { coherent, seen, drifts, underWay, blockedBy } = facts;
  const { vm, shown } = seen;
  const trash = vm.purgeAt ? `It is in the trash and is destroyed at ${vm.purgeAt.toISOString()}. ` : '';
  if (coherent) return `${trash}It is ${shown}, as it was last asked for (generation ${vm.generation}).`;
  const [drift] = drifts;
  const [operation] = underWay;
  const parts = [`It is to be ${vm.desiredPower} (generation ${vm.generation}) and is ${shown}.`];
  if (drift) parts.push(`${drift.kind}: expected ${drift.expected}, seen ${drift.seen}.`);
  if (operation) parts.push(`${operation.kind} is ${operation.status}.`);
  if (blockedBy[0]) parts.push(`Held up: ${blockedBy[0]}.`);
  return trash + parts.join(' ');
}
