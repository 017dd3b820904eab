import { join } from 'node:path';
import { startKeeper } from '#libs/testing';
import { PROJECT } from '../test/e2e/stack/project-root.js';
import { type Attack, Tries } from './attack.js';
import { ATTACKS } from './attacks/index.js';
import { Ground } from './ground/ground.js';

const GOAL = 'no attack gets through';
const HELP = 'npm run security -- [--only name,...] [--json] [--list]';

/** Tries each attack on a stack of its own; the last line is one JSON object. Gives the exit status. */
export async function runSecurity(argv: readonly string[]): Promise<number> {
  if (argv.includes('--list')) {
    for (const { name, what } of ATTACKS) console.log(`${name.padEnd(16)} ${what}`);
    return 0;
  }
  const at = argv.indexOf('--only');
  const only = at < 0 ? undefined : (argv[at + 1] ?? '').split(',');
  const attacks = ATTACKS.filter(({ name }) => only?.includes(name) ?? true);
  if (attacks.length === 0 || (only && attacks.length < only.length)) {
    console.error(`there is no such attack; see --list\n\n${HELP}`);
    return 2;
  }
  const say = argv.includes('--json') ? () => {} : (line: string) => console.log(line);
  const keeper = await startKeeper(join(PROJECT, 'libs/testing/src/keeper/keeper.mjs'));
  try {
    return await tryAll(attacks, say);
  } finally {
    await keeper.stop();
  }
}

async function tryAll(attacks: readonly Attack[], say: (line: string) => void): Promise<number> {
  const ground = await Ground.start();
  const all: Tries[] = [];
  try {
    for (const attack of attacks) {
      const tries = await tryOne(attack, ground);
      all.push(tries);
      const outcome = tries.fell.length === 0 ? 'held' : 'FELL';
      say(`${outcome}  ${attack.name.padEnd(16)} ${String(tries.count).padStart(5)} tries  ${attack.what}`);
      for (const line of tries.fell) say(`        ${line}`);
    }
  } finally {
    await ground.stop();
  }
  const fell = all.filter((it) => it.fell.length > 0).length;
  const figures = { attacks: all.length, tries: all.reduce((sum, it) => sum + it.count, 0), fell };
  console.log(JSON.stringify({ name: 'security', figures, goal: GOAL, holds: fell === 0 }));
  return fell === 0 ? 0 : 1;
}

/** One that breaks off has shown nothing: it counts as fallen. */
async function tryOne(attack: Attack, ground: Ground): Promise<Tries> {
  const tries = new Tries();
  try {
    await attack.run(ground, tries);
    if (tries.count === 0) tries.say('nothing was tried', false);
  } catch (error) {
    tries.say('the attack broke off', false, (error as Error).message);
  }
  return tries;
}
