import type { PowerState } from '#libs/contracts';
import type { OperationKind } from '#libs/contracts/http';
import { decideVerb, type VerbOptions, type VmVerb } from '#libs/domain';
import { VmanError } from '#libs/errors';
import type { SeenVm, Tx } from '../db-operator/index.js';
import type { Caller } from '../http/index.js';
import { openVmOperation } from '../operations/index.js';
import { changeDesired } from './change-desired.js';
import type { ChangedVm } from './changed-vm.js';
import { lockPresentVm } from './find-vm.js';
import { sendCommand } from './send-command.js';

/** Reads, asks the table of the domain, writes what it says. */
export async function carryOutVerb(
  tx: Tx,
  caller: Caller,
  idOrName: string,
  verb: VmVerb,
  options: VerbOptions = {},
): Promise<ChangedVm> {
  const seen = await lockPresentVm(tx, caller, idOrName);
  const { vm } = seen;
  const kind: OperationKind = `vm.${verb}`;
  const decision = decideVerb(verb, factsOf(seen), options);
  switch (decision.kind) {
    case 'refuse':
      throw new VmanError(decision.code, decision.message, { hint: decision.hint });
    case 'nothing':
      return { vmId: vm.id, operationId: await joinWhatIsUnderWay(tx, caller, seen, kind, decision.why) };
    case 'command':
      return { vmId: vm.id, operationId: await sendCommand(tx, caller, vm, decision.command) };
    case 'change': {
      const { power, raiseStart, stop } = decision;
      return {
        vmId: vm.id,
        operationId: await changeDesired(tx, caller, vm, { kind, power, raiseStart, stop }),
      };
    }
  }
}

function factsOf({ vm, shown }: SeenVm) {
  const desiredStop = { askGuest: vm.stopAskGuest, timeoutMs: vm.stopTimeoutMs, thenForce: vm.stopThenForce };
  return { desiredPower: vm.desiredPower, desiredStop, state: shown };
}

/** What is asked for is there, or on its way: an operation that ends with that. */
async function joinWhatIsUnderWay(
  tx: Tx,
  caller: Caller,
  { vm }: SeenVm,
  kind: OperationKind,
  reason: string,
): Promise<string> {
  const goal: PowerState = vm.desiredPower;
  const id = await openVmOperation(tx, caller, vm, { kind, reason, goal, generation: vm.generation });
  if (vm.observedGeneration >= vm.generation) await tx.operations.finish(id, { status: 'succeeded' });
  return id;
}
