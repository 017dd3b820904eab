import { stringify } from 'yaml';
import type { CloudInit, Nic } from '#libs/contracts';
import { networkConfigOf } from '#libs/domain';
import type { CloudInitRow, CloudUserRow } from '../db-operator/index.js';

/**
 * As cloud-init reads it, which is YAML 1.1: there `52:54:00:00:00:01` is a number and `on` is true, unless they are
 * quoted. A key or a command is never broken over two lines.
 */
const yaml = (content: object): string => stringify(content, { version: '1.1', lineWidth: 0 });

/** The three texts of a NoCloud seed. The same row and NICs make the same texts. Pure. */
export function seedTexts(
  row: CloudInitRow,
  vmName: string,
  nics: readonly Pick<Nic, 'mac' | 'network'>[],
): CloudInit {
  return {
    instanceId: row.instanceId,
    userData: row.userData ?? userDataOf(row),
    metaData: metaDataOf(row, vmName),
    networkConfig: row.networkConfig ?? yaml(networkConfigOf(nics)),
  };
}

/** Raw user data says nothing of the keys, so they go to where cloud-init looks for those of the cloud. */
function metaDataOf({ instanceId, hostName, userData, sshKeys }: CloudInitRow, vmName: string): string {
  return yaml({
    'instance-id': instanceId,
    'local-hostname': hostName ?? vmName,
    ...(userData !== undefined && sshKeys && { 'public-keys': sshKeys }),
  });
}

/** The plain fields as user data. */
export function userDataOf({ users, sshKeys, packages, runCommands, timezone }: CloudInitRow): string {
  const config = {
    manage_etc_hosts: 'localhost',
    ...(users && { users: [...(sshKeys?.length ? ['default'] : []), ...users.map(userOf)] }),
    ...(sshKeys && { ssh_authorized_keys: sshKeys }),
    ...(timezone && { timezone }),
    ...(packages?.length && { package_update: true, packages }),
    ...(runCommands && { runcmd: runCommands }),
  };
  return `#cloud-config\n${yaml(config)}`;
}

function userOf({ name, sshKeys, sudo, passwordHash, shell, groups }: CloudUserRow): object {
  return {
    name,
    lock_passwd: passwordHash === undefined,
    ...(passwordHash && { passwd: passwordHash }),
    ...(sshKeys && { ssh_authorized_keys: sshKeys }),
    ...(sudo && { sudo: 'ALL=(ALL) NOPASSWD:ALL' }),
    shell: shell ?? '/bin/bash',
    ...(groups && { groups }),
  };
}
