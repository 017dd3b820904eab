import { describe, expect, it } from '@jest/globals';
import { paint } from './colour.js';
import { processTerminal, wantsColour } from './process-terminal.js';
import { safeText } from './safe-text.js';

describe('colour', () => {
  it('is for people at a terminal who did not decline', () => {
    expect(wantsColour(true, {})).toBe(true);
    expect(wantsColour(false, {})).toBe(false);
    expect(wantsColour(true, { NO_COLOR: '1' })).toBe(false);
    expect(wantsColour(true, { TERM: 'dumb' })).toBe(false);
  });

  it('leaves text alone where it is not wanted', () => {
    expect(paint('x', 'red', false)).toBe('x');
    expect(paint('x', undefined, true)).toBe('x');
    expect(paint('x', 'bold', true)).toBe('\u001b[1mx\u001b[0m');
  });
});

it('text from elsewhere cannot steer the terminal', () => {
  expect(safeText('a\u001b[31mb\rc\u009bd\te\nf')).toBe('a\ufffd[31mb\ufffdc\ufffdd\te\nf');
});

it('the terminal of the process is what the process has', () => {
  const terminal = processTerminal();
  expect(terminal.out.isTty).toBe(process.stdout.isTTY === true);
  expect(terminal.err.columns).toBeGreaterThan(0);
  expect(terminal.interrupt.aborted).toBe(false);
  expect(Math.abs(terminal.nowMs() - Date.now())).toBeLessThan(1000);
});
