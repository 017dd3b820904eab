import type { Step, StepName } from '#libs/domain';
import { createDisk } from './create-disk.step.js';
import { fetchImage } from './fetch-image.step.js';
import { forget } from './forget.step.js';
import { addForward, removeForward } from './forward.steps.js';
import { growDisk } from './grow-disk.step.js';
import { attachDisk, detachDisk } from './hot-disk.steps.js';
import { attachNic, detachNic } from './hot-nic.steps.js';
import { launch } from './launch.step.js';
import { limitDisk } from './limit-disk.step.js';
import { makeSeed } from './make-seed.step.js';
import { ensureNetwork, makeTap, removeTap, reserveAddress } from './network.steps.js';
import { pause, resume } from './pause-resume.steps.js';
import { askGuestOff, powerOff } from './power-off.steps.js';
import { removeDisk } from './remove-disk.step.js';
import { addMemory, addVcpus, removeMemory, setBalloon } from './resize-machine.steps.js';
import { checkRestore, loadMemory, rewindDisks } from './restore.steps.js';
import type { StepHandler } from './step-handler.js';

/** Who carries out which step. */
const HANDLERS: { [N in StepName]: StepHandler<N> } = {
  'fetch-image': fetchImage,
  'create-disk': createDisk,
  'grow-disk': growDisk,
  'make-seed': makeSeed,
  'check-restore': checkRestore,
  'rewind-disks': rewindDisks,
  'ensure-network': ensureNetwork,
  'reserve-address': reserveAddress,
  'make-tap': makeTap,
  'remove-tap': removeTap,
  launch,
  'load-memory': loadMemory,
  resume,
  pause,
  'add-forward': addForward,
  'remove-forward': removeForward,
  'attach-disk': attachDisk,
  'detach-disk': detachDisk,
  'attach-nic': attachNic,
  'detach-nic': detachNic,
  'add-vcpus': addVcpus,
  'add-memory': addMemory,
  'remove-memory': removeMemory,
  'limit-disk': limitDisk,
  'set-balloon': setBalloon,
  'ask-guest-off': askGuestOff,
  'power-off': powerOff,
  'remove-disk': removeDisk,
  forget,
};

/** The handler of a step; the table above pairs each name with its own shape. */
export function handlerOf(step: Step): StepHandler<StepName> {
  return HANDLERS[step.step] as StepHandler<StepName>;
}

export { foreseeHardware } from './hardware.js';
export { qemuSpec } from './qemu-spec.js';
export type { StepContext } from './step-handler.js';
