import { v7 as uuidv7 } from 'uuid';
import type { CloudInitInput } from '#libs/contracts/http';
import type { CloudInitRow } from '../db-operator/index.js';
import { invalidInput } from '../http/index.js';
import { cloudInitFaults } from './cloud-init-faults.js';

/** What a request asks for, merged over what is there: null removes a field. Throws `invalid_input`. */
export function cloudInitRow(input: CloudInitInput, present: CloudInitRow | null = null): CloudInitRow {
  const wanted = { ...present, ...withoutUndefined({ ...input, users: input.users?.map(withoutNull) }) };
  const row: CloudInitRow = { ...withoutNull(wanted), instanceId: newInstanceId() };
  if (input.users === null) delete row.users;
  const faults = cloudInitFaults(row);
  if (faults.length > 0) throw invalidInput(faults);
  return row;
}

/** A guest that sees another one runs its first boot. */
const newInstanceId = () => `iid-${uuidv7()}`;

type Present<T> = { [K in keyof T]: Exclude<T[K], null> };

function withoutNull<T extends object>(fields: T): Present<T> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value != null)) as Present<T>;
}

function withoutUndefined<T extends object>(fields: T): T {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as T;
}
