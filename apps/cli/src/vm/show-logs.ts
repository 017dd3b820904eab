import type { Command } from 'commander';
import { liveArgument } from '../completion/live-names.js';
import type { Session } from '../session.js';
import { safeText } from '../terminal/safe-text.js';
import { parseCount } from '../values/parse-number.js';

export function addLogs(noun: Command, session: Session): void {
  noun
    .command('logs')
    .description('show the end of what the guest wrote to its serial console')
    .addArgument(liveArgument('<vm>', 'its name or id', 'vm'))
    .option('--tail-bytes <count>', 'at most so many bytes', parseCount)
    .action(async (name: string, { tailBytes }: { tailBytes?: number }) => {
      const client = await session.client();
      const { out } = session.terminal;
      const text = await client.vms.consoleLog(name, tailBytes);
      out.write(out.isTty ? consoleText(text) : text);
    });
}

/** What a guest wrote, fit for a terminal: no carriage returns, and nothing that steers it. */
export function consoleText(text: string): string {
  return safeText(text.replaceAll('\r', ''));
}
