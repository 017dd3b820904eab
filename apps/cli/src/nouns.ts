import type { Command } from 'commander';
import type { Session } from './session.js';

interface Noun {
  name: string;
  aliases?: readonly string[];
  description: string;
  /** Its module is loaded only when the command line names it: the start has to be quick. */
  load(): Promise<{ addCommands(noun: Command, session: Session): void }>;
}

/** The first word of a command line, in the order of the help. */
export const NOUNS: readonly Noun[] = [
  {
    name: 'vm',
    aliases: ['vms'],
    description: 'virtual machines',
    load: () => import('./vm/vm.commands.js'),
  },
  {
    name: 'disk',
    aliases: ['disks'],
    description: 'disks, those of VMs too',
    load: () => import('./disk/disk.commands.js'),
  },
  {
    name: 'snapshot',
    aliases: ['snapshots'],
    description: 'states of VMs to go back to',
    load: () => import('./snapshot/snapshot.commands.js'),
  },
  {
    name: 'backup',
    aliases: ['backups'],
    description: 'copies of VMs that outlive them',
    load: () => import('./backup/backup.commands.js'),
  },
  {
    name: 'template',
    aliases: ['templates'],
    description: 'golden images',
    load: () => import('./template/template.commands.js'),
  },
  {
    name: 'network',
    aliases: ['networks'],
    description: 'networks of VMs',
    load: () => import('./network/network.commands.js'),
  },
  {
    name: 'address',
    aliases: ['addresses'],
    description: 'addresses of networks',
    load: () => import('./address/address.commands.js'),
  },
  {
    name: 'port-forward',
    aliases: ['port-forwards'],
    description: 'ports of hosts that lead to guests',
    load: () => import('./port-forward/port-forward.commands.js'),
  },
  {
    name: 'operation',
    aliases: ['operations', 'op'],
    description: 'changes under way and done',
    load: () => import('./operation/operation.commands.js'),
  },
  {
    name: 'host',
    aliases: ['hosts'],
    description: 'hypervisor hosts',
    load: () => import('./host/host.commands.js'),
  },
  {
    name: 'pool',
    aliases: ['pools'],
    description: 'where disks lie',
    load: () => import('./pool/pool.commands.js'),
  },
  {
    name: 'drift',
    aliases: ['drifts'],
    description: 'what is not as it should be',
    load: () => import('./drift/drift.commands.js'),
  },
  {
    name: 'repair',
    aliases: ['repairs'],
    description: 'what the observer did about it',
    load: () => import('./repair/repair.commands.js'),
  },
  {
    name: 'event',
    aliases: ['events'],
    description: 'what happened, and what happens',
    load: () => import('./event/event.commands.js'),
  },
  {
    name: 'project',
    aliases: ['projects'],
    description: 'projects',
    load: () => import('./project/project.commands.js'),
  },
  {
    name: 'quota',
    aliases: ['quotas'],
    description: 'what projects use and may use',
    load: () => import('./quota/quota.commands.js'),
  },
  {
    name: 'audit',
    description: 'who did what',
    load: () => import('./audit/audit.commands.js'),
  },
  {
    name: 'token',
    aliases: ['tokens'],
    description: 'API tokens',
    load: () => import('./token/token.commands.js'),
  },
  {
    name: 'context',
    aliases: ['contexts'],
    description: 'the APIs that this command works with',
    load: () => import('./context/context.commands.js'),
  },
  {
    name: 'apply',
    description: 'make things what files say, showing the difference first',
    load: () => import('./apply/apply.commands.js'),
  },
  {
    name: 'diff',
    description: 'show what apply would change; exit code 1 when there is something',
    load: () => import('./apply/diff.commands.js'),
  },
  {
    name: 'delete',
    description: 'delete what files describe',
    load: () => import('./apply/delete.commands.js'),
  },
  {
    name: 'doctor',
    description: 'check the API, the fleet and this host, and say what to do',
    load: () => import('./doctor/doctor.commands.js'),
  },
  {
    name: 'completion',
    description: 'print the completion script for a shell',
    load: () => import('./completion/completion.commands.js'),
  },
];
