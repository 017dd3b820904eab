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
    name: 'template',
    aliases: ['templates'],
    description: 'golden images',
    load: () => import('./template/template.commands.js'),
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
    description: 'make VMs what a file says, showing the difference first',
    load: () => import('./apply/apply.commands.js'),
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
