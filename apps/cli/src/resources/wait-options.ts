import type { Command } from 'commander';
import { parseDuration } from '../values/parse-duration.js';

/** `--no-wait` and `--timeout`, for everything that starts an operation. */
export function addWaitOptions(command: Command): Command {
  return command
    .option('--wait', 'wait until the operation ends, showing its steps', true)
    .option('--no-wait', 'return as soon as the change is accepted')
    .option('--timeout <time>', 'wait no longer than this: 90s, 5m', parseDuration);
}
