/** What a VM's guest is to be told, as it was asked for; the texts are made of it when they are sent. */
export interface CloudInitRow {
  /** Another one makes the guest run its first boot again. */
  instanceId: string;
  hostName?: string;
  users?: CloudUserRow[];
  sshKeys?: string[];
  packages?: string[];
  runCommands?: string[];
  timezone?: string;
  userData?: string;
  networkConfig?: string;
}

export interface CloudUserRow {
  name: string;
  sshKeys?: string[];
  sudo?: boolean;
  passwordHash?: string;
  shell?: string;
  groups?: string[];
}
