import { spawn } from 'node:child_process';
import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/** A program that ended badly: `output` holds the last lines it wrote. */
class RunError extends Error {
  constructor(command, status, output) {
    const tail = output.trim().split('\n').slice(-15).join('\n');
    super(`${command} ended with ${status}${tail ? `:\n${tail}` : ''}`);
    this.name = 'RunError';
    this.output = output;
  }
}

/**
 * Runs a program to its end, without a shell.
 * @returns {Promise<string>} its standard output
 * @throws {RunError} when it cannot start or ends with another status than 0
 */
export function run(program, args = [], { cwd, env, input, inherit = false, uid, gid } = {}) {
  return new Promise((resolve, reject) => {
    const stdio = inherit ? 'inherit' : [input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'];
    const child = spawn(program, args, { cwd, env: env ?? process.env, stdio, uid, gid });
    const command = [program, ...args].join(' ');
    let out = '';
    let all = '';
    child.stdout?.setEncoding('utf8').on('data', (text) => {
      out += text;
      all += text;
    });
    child.stderr?.setEncoding('utf8').on('data', (text) => {
      all += text;
    });
    child.stdin?.on('error', () => {}).end(input);
    child.on('error', (error) => reject(new RunError(command, error.message, all)));
    child.on('close', (code, signal) =>
      code === 0 ? resolve(out) : reject(new RunError(command, signal ?? `status ${code}`, all)),
    );
  });
}

/** Does the program end with status 0? */
export async function succeeds(program, args, options) {
  try {
    await run(program, args, options);
    return true;
  } catch {
    return false;
  }
}

/** The full path of an executable on PATH or in the folders of the system's own tools. */
export function findProgram(name) {
  if (name.includes('/')) return isExecutable(name) ? name : undefined;
  const folders = [...(process.env.PATH ?? '').split(delimiter), '/usr/local/bin', '/usr/bin', '/bin'];
  for (const folder of [...folders, '/usr/local/sbin', '/usr/sbin', '/sbin']) {
    const path = join(folder, name);
    if (folder && isExecutable(path)) return path;
  }
  return undefined;
}

export function isExecutable(path) {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}
