import type { Operation } from '#libs/client';
import type { Output } from '../terminal/terminal.js';
import type { Progress } from './progress.js';
import { phaseLine, stepLine } from './step-line.js';

/** For logs: a line for each new phase and each step that ended, and nothing that moves. */
export function lineProgress(err: Output): Progress {
  let steps = 0;
  let phase = '';
  return {
    update(operation: Operation) {
      for (const step of operation.steps.slice(steps)) err.write(`  ${stepLine(step)}\n`);
      steps = operation.steps.length;
      const now = phaseLine(operation);
      if (now !== phase) err.write(`${now}\n`);
      phase = now;
    },
    stop() {},
  };
}
