import type { PatchVmInput } from '#libs/contracts/http';
import { labelFault } from '#libs/contracts/http';
import { cloudInitRow } from '../cloud-init/index.js';
import type { VmEntity } from '../db-operator/index.js';
import { invalidInput } from '../http/index.js';
import { placementRules } from './placement-rules.js';

/** The columns that a patch changes; what is left out or null stays, except in labels and cloudInit, where null removes. Pure. */
export function specChanges(vm: VmEntity, input: PatchVmInput): Partial<VmEntity> {
  const changes: Partial<VmEntity> = {
    name: input.name ?? undefined,
    vcpus: input.vcpus ?? undefined,
    memoryMib: input.memoryMiB ?? undefined,
    cpuModel: input.cpuModel ?? undefined,
    maxVcpus: input.maxVcpus ?? undefined,
    maxMemoryMib: input.maxMemoryMiB ?? undefined,
    balloonMib: input.balloonMiB ?? undefined,
    vnc: input.vnc ?? undefined,
    watchdog: input.watchdog ?? undefined,
    bootPriority: input.bootPriority ?? undefined,
    placement: input.placement === undefined ? undefined : placementRules(input.placement),
    deletionProtection: input.deletionProtection ?? undefined,
    restartPolicy: input.restart?.policy ?? undefined,
    restartMaxRetries: input.restart?.maxRetries ?? undefined,
    restartWindowSeconds: input.restart?.windowSeconds ?? undefined,
    cloudInit: cloudInitChange(vm, input),
    labels: input.labels == null ? undefined : mergedLabels(vm.labels, input.labels),
  };
  return Object.fromEntries(Object.entries(changes).filter(([, value]) => value !== undefined));
}

/** Null takes the seed away; anything else is another first boot. */
function cloudInitChange({ cloudInit }: VmEntity, input: PatchVmInput): VmEntity['cloudInit'] | undefined {
  if (input.cloudInit === undefined || input.cloudInit === null) return input.cloudInit;
  return cloudInitRow(input.cloudInit, cloudInit);
}

/** Null removes; throws when what comes out is no label map. */
export function mergedLabels(
  present: Record<string, string>,
  patch: Record<string, string | null>,
): Record<string, string> {
  const merged = { ...present };
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete merged[key];
    else merged[key] = value;
  }
  const fault = labelFault(merged, false);
  if (fault) throw invalidInput([{ field: 'labels', code: 'isLabelMap', message: fault }]);
  return merged;
}
