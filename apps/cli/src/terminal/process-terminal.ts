import { homedir } from 'node:os';
import { InterruptedError } from '../errors.js';
import type { Output, Terminal } from './terminal.js';

const FALLBACK_COLUMNS = 80;

/** The terminal of this process. The only place of the command that reads the environment. */
export function processTerminal(): Terminal {
  const { env, stdin } = process;
  const interrupt = new AbortController();
  process.once('SIGINT', () => interrupt.abort(new InterruptedError()));
  return {
    out: outputOf(process.stdout, env),
    err: outputOf(process.stderr, env),
    env,
    home: homedir(),
    stdinIsTty: stdin.isTTY === true,
    readStdin,
    ask: (question) => ask(question, interrupt.signal),
    raw: () => ({
      input: process.stdin,
      output: process.stdout,
      setRaw: (raw) => void (stdin.isTTY && stdin.setRawMode(raw)),
    }),
    nowMs: () => Date.now(),
    interrupt: interrupt.signal,
  };
}

/** Colour only for people at a terminal who did not decline (no-color.org). */
export function wantsColour(isTty: boolean, env: Terminal['env']): boolean {
  return isTty && !env.NO_COLOR && env.TERM !== 'dumb';
}

function outputOf(stream: NodeJS.WriteStream, env: Terminal['env']): Output {
  const isTty = stream.isTTY === true;
  return {
    write: (text) => void stream.write(text),
    isTty,
    get columns() {
      return stream.columns || FALLBACK_COLUMNS;
    },
    colour: wantsColour(isTty, env),
  };
}

async function readStdin(): Promise<string> {
  process.stdin.setEncoding('utf8');
  let text = '';
  for await (const chunk of process.stdin) text += chunk;
  return text;
}

async function ask(question: string, signal: AbortSignal): Promise<string> {
  const { createInterface } = await import('node:readline/promises');
  const lines = createInterface({ input: process.stdin, output: process.stderr });
  lines.on('SIGINT', () => process.kill(process.pid, 'SIGINT'));
  try {
    // the end of the input is a no
    const ended = new Promise<string>((resolve) => lines.once('close', () => resolve('')));
    return await Promise.race([lines.question(question, { signal }), ended]);
  } catch (error) {
    throw signal.aborted ? signal.reason : error;
  } finally {
    lines.close();
  }
}
