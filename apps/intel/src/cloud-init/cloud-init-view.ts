import { createHash } from 'node:crypto';
import type { CloudInitResult } from '#libs/contracts';
import type { CloudInitView, ConditionView, SecretTextView } from '#libs/contracts/http';
import type { CloudInitRow, SeenVm } from '../db-operator/index.js';

/** As the API shows it: what may be a secret only by its digest and size. */
export function cloudInitView(row: CloudInitRow, vmName: string): CloudInitView {
  return {
    instanceId: row.instanceId,
    hostName: row.hostName ?? vmName,
    users: (row.users ?? []).map(({ name, sshKeys, sudo, passwordHash, shell, groups }) => ({
      name,
      sshKeys: sshKeys ?? [],
      sudo: sudo ?? false,
      passwordHash: secret(passwordHash),
      shell,
      groups: groups ?? [],
    })),
    sshKeys: row.sshKeys ?? [],
    packages: row.packages ?? [],
    runCommands: secret(row.runCommands?.map((line) => `${line}\n`).join('')),
    timezone: row.timezone,
    userData: secret(row.userData),
    networkConfig: secret(row.networkConfig),
  };
}

function secret(text: string | undefined): SecretTextView | undefined {
  if (text === undefined) return undefined;
  const sha256 = createHash('sha256').update(text).digest('hex');
  return { sha256, sizeBytes: Buffer.byteLength(text) };
}

/** How the first boot with the present seed went; nothing for a VM without one. */
export function cloudInitCondition({ vm }: Pick<SeenVm, 'vm'>): ConditionView[] {
  if (!vm.cloudInit) return [];
  const { instanceId } = vm.cloudInit;
  const result = vm.cloudInitResult?.instanceId === instanceId ? vm.cloudInitResult : undefined;
  if (result) return [told(result)];
  const message = 'The guest told nothing yet: it has not booted with it, or has no agent or no cloud-init.';
  return [{ type: 'CloudInitDone', status: 'unknown', reason: 'unknown', message }];
}

function told({ status, detail, sinceMs }: CloudInitResult): ConditionView {
  return {
    type: 'CloudInitDone',
    status: status === 'done' ? 'true' : 'false',
    reason: status,
    message: detail,
    lastTransitionAt: new Date(sinceMs).toISOString(),
  };
}
