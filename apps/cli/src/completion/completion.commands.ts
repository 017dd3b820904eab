import { Argument, type Command } from 'commander';
import type { Session } from '../session.js';
import { completionScript, SHELLS, type Shell } from './scripts.js';

export function addCommands(noun: Command, session: Session): void {
  noun
    .addArgument(new Argument('<shell>', 'the shell').choices(SHELLS))
    .addHelpText('after', '\nFor this shell alone: source <(vman completion bash)')
    .action((shell: Shell) => session.terminal.out.write(completionScript(shell)));
}
