import { createHash } from 'node:crypto';
import type { CreateVm, PatchVm, Vm } from '#libs/client';
import type { Difference } from './difference.js';

type Wanted = NonNullable<CreateVm['cloudInit']>;
type Present = NonNullable<Vm['spec']['cloudInit']>;

/** What the server shows only by its digest is compared by it, and no value is ever told. Pure. */
export function diffCloudInit({ cloudInit }: CreateVm, { spec }: Vm, patch: PatchVm): Difference[] {
  if (cloudInit === undefined) return [];
  const present = spec.cloudInit;
  const fields = Object.keys(cloudInit) as (keyof Wanted)[];
  const changed = fields.filter((field) => !present || !same(field, cloudInit, present));
  if (present && changed.length === 0) return [];
  patch.cloudInit = Object.fromEntries(changed.map((field) => [field, cloudInit[field]]));
  const note = 'the first boot runs again with the next start';
  const named = changed.map((field) => `cloudInit.${field}`);
  return (named.length > 0 ? named : ['cloudInit']).map((field) => ({
    field,
    before: present ? 'another' : 'none',
    after: 'as in the file',
    note,
  }));
}

function same(field: keyof Wanted, wanted: Wanted, present: Present): boolean {
  switch (field) {
    case 'userData':
    case 'networkConfig':
      return sameSecret(wanted[field], present[field]);
    case 'runCommands':
      return sameSecret(wanted.runCommands?.map((line) => `${line}\n`).join(''), present.runCommands);
    case 'users':
      return (
        JSON.stringify((wanted.users ?? []).map(shownUser)) === JSON.stringify(present.users.map(inOrder))
      );
    case 'sshKeys':
    case 'packages':
      return JSON.stringify(wanted[field] ?? []) === JSON.stringify(present[field]);
    case 'hostName':
    case 'timezone':
      return (wanted[field] ?? undefined) === present[field];
  }
}

type Secret = Present['userData'];

function sameSecret(wanted: string | null | undefined, present: Secret): boolean {
  return secretOf(wanted)?.sha256 === present?.sha256;
}

function secretOf(text: string | null | undefined): Secret {
  if (text == null) return undefined;
  const sha256 = createHash('sha256').update(text).digest('hex');
  return { sha256, sizeBytes: Buffer.byteLength(text) };
}

function shownUser({
  name,
  sshKeys,
  sudo,
  passwordHash,
  shell,
  groups,
}: NonNullable<Wanted['users']>[number]): Present['users'][number] {
  return inOrder({
    name,
    sshKeys: sshKeys ?? [],
    sudo: sudo ?? false,
    passwordHash: secretOf(passwordHash),
    shell: shell ?? undefined,
    groups: groups ?? [],
  });
}

/** The same user is the same text. */
function inOrder({ name, sshKeys, sudo, passwordHash, shell, groups }: Present['users'][number]) {
  return { name, sshKeys, sudo, passwordHash: passwordHash && { ...passwordHash }, shell, groups };
}
