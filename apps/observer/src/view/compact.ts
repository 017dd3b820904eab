/** From the wire to what is kept. Words that come again and again are kept once. */
import type { DesiredVm, VmReport } from '#libs/contracts';
import type { DesiredFacts, ObservedFacts } from './facts.js';

const NONE: readonly string[] = Object.freeze([]);
const INTERNED_MAX = 10_000;
const words = new Map<string, string>();

function once(word: string): string {
  const known = words.get(word);
  if (known !== undefined) return known;
  if (words.size < INTERNED_MAX) words.set(word, word);
  return word;
}

const list = (items: readonly string[]): readonly string[] => (items.length === 0 ? NONE : items);

const policies = new Map<string, DesiredVm['restart']>();

function policyOnce(restart: DesiredVm['restart']): DesiredVm['restart'] {
  const key = `${restart.policy}/${restart.maxRetries}/${restart.windowSeconds}`;
  const known = policies.get(key);
  if (known) return known;
  if (policies.size < INTERNED_MAX) policies.set(key, restart);
  return restart;
}

export function compactDesired(vm: DesiredVm, before: DesiredFacts | undefined, nowMs: number): DesiredFacts {
  return {
    name: vm.name,
    project: once(vm.project),
    generation: vm.generation,
    startGeneration: vm.startGeneration,
    presence: once(vm.presence) as DesiredVm['presence'],
    power: once(vm.power) as DesiredVm['power'],
    restart: policyOnce(vm.restart),
    diskIds: list(vm.disks.filter((it) => it.presence !== 'removed').map((it) => it.diskId)),
    forwardIds: list(vm.nics.flatMap((nic) => nic.forwards.map((it) => it.forwardId))),
    addresses: list(
      vm.nics.flatMap((nic) => (nic.network?.addresses ?? []).map((it) => `${nic.mac} ${it.address}`)),
    ),
    sinceMs: before?.generation === vm.generation ? before.sinceMs : nowMs,
  };
}

export function compactReport(
  row: VmReport,
  before: ObservedFacts | undefined,
  nowMs: number,
): ObservedFacts {
  const same =
    before?.state === row.state &&
    before.reason === row.reason &&
    before.acceptedGeneration === row.acceptedGeneration &&
    before.observedGeneration === row.observedGeneration;
  const waits = row.restartRequired.length > 0;
  const interfaces = row.guestAgent?.state === 'connected' ? row.guestAgent.interfaces : [];
  return {
    rev: row.rev,
    acceptedGeneration: row.acceptedGeneration,
    observedGeneration: row.observedGeneration,
    state: once(row.state) as VmReport['state'],
    reason: once(row.reason),
    failureCode: once(row.failure?.code ?? ''),
    pid: row.pid,
    lastExit: row.lastExit,
    nextRestartAtMs: row.nextRestartAtMs,
    repairedExitSeq: row.repairedExitSeq,
    restartRequired: list(row.restartRequired.map(once)),
    missingDiskIds: list(row.missingDisks?.diskIds ?? []),
    forwardIds: row.heldForwards && list(row.heldForwards.forwardIds),
    addresses: list(interfaces.flatMap((it) => it.addresses.map((own) => `${it.mac} ${own.address}`))),
    sinceMs: same && before ? before.sinceMs : nowMs,
    restartRequiredSinceMs: waits ? before?.restartRequiredSinceMs || nowMs : 0,
  };
}
