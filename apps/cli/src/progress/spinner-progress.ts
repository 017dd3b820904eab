import type { Operation } from '#libs/client';
import { paint } from '../terminal/colour.js';
import type { Output } from '../terminal/terminal.js';
import type { Progress } from './progress.js';
import { phaseLine, stepLine } from './step-line.js';

const FRAMES = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'];
const FRAME_MS = 80;
const CLEAR_LINE = '\r\u001b[K';

/** For people: one line that turns, with the steps that ended staying above it. */
export function spinnerProgress(err: Output): Progress {
  let steps = 0;
  let frame = 0;
  let line = '';
  const draw = () => {
    const room = Math.max(10, err.columns - 3);
    err.write(`${CLEAR_LINE}${FRAMES[frame++ % FRAMES.length]} ${line.slice(0, room)}`);
  };
  const timer = setInterval(draw, FRAME_MS);
  return {
    update(operation: Operation) {
      for (const step of operation.steps.slice(steps)) {
        const mark =
          step.outcome === 'done' ? paint('✓', 'green', err.colour) : paint('✗', 'red', err.colour);
        err.write(`${CLEAR_LINE}  ${mark} ${stepLine(step)}\n`);
      }
      steps = operation.steps.length;
      line = phaseLine(operation);
      draw();
    },
    stop() {
      clearInterval(timer);
      err.write(CLEAR_LINE);
    },
  };
}
