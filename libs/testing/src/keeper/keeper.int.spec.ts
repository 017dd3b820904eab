import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from '@jest/globals';
import { waitFor } from '../wait-for.js';
import { askKeeper } from './ask-keeper.js';
import { KEEPER_VARIABLE, RUN_FOLDER_VARIABLE } from './start-keeper.js';

const RUN = `
  const { startKeeper } = await import(process.argv[1]);
  await startKeeper(process.argv[2]);
  const { spawn } = await import('node:child_process');
  spawn('sh', ['-c', 'sleep 600; exit # ' + process.env.${RUN_FOLDER_VARIABLE} + '/'], { detached: true });
  console.log(process.env.${RUN_FOLDER_VARIABLE});
  setInterval(() => {}, 1000);
`;

describe('the keeper of a run', () => {
  const before = process.env[KEEPER_VARIABLE];
  let run: ChildProcess | undefined;
  afterEach(() => {
    run?.kill('SIGKILL');
    if (before === undefined) delete process.env[KEEPER_VARIABLE];
    else process.env[KEEPER_VARIABLE] = before;
  });

  it('ends what lives in the folder of the run, and the folder, when the run is killed', async () => {
    const here = import.meta.dirname;
    const args = ['--input-type=module', '-e', RUN, join(here, 'start-keeper.ts'), join(here, 'keeper.mjs')];
    run = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
    const [line] = run.stdout ? await once(run.stdout, 'data') : [];
    const folder = String(line).trim();
    expect(existsSync(join(folder, 'keeper.sock'))).toBe(true);
    expect(commandsNaming(folder)).not.toEqual([]);
    run.kill('SIGKILL');
    await waitFor(() => !existsSync(folder), { what: 'the folder is gone' });
    await waitFor(() => commandsNaming(folder).length === 0, { what: 'its processes are gone' });
  });

  it('says that there are no servers where no run began', async () => {
    delete process.env[KEEPER_VARIABLE];
    await expect(askKeeper('postgres')).rejects.toThrow('belongs to integration, e2e or slow');
  });
});

function commandsNaming(folder: string): string[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => {
      try {
        return [readFileSync(`/proc/${pid}/cmdline`, 'utf8')];
      } catch {
        return [];
      }
    })
    .filter((command) => command.includes(folder));
}
