import type { MachineType } from '#libs/contracts';
import type { FieldFault } from '#libs/errors';
import { invalidInput } from '../http/index.js';

export interface Shape {
  machine: MachineType;
  firmware: string;
  vnc: boolean;
}

/** Throws `invalid_input` for parts of a machine that do not go together. Pure. */
export function checkShape({ machine, firmware, vnc }: Shape): void {
  if (machine !== 'microvm') return;
  const faults: FieldFault[] = [];
  const refuse = (field: string, message: string) => faults.push({ field, code: 'unsupported', message });
  if (firmware === 'uefi') refuse('firmware', 'a microvm has no UEFI');
  if (vnc) refuse('vnc', 'a microvm has no screen');
  if (faults.length > 0) throw invalidInput(faults);
}
