// `npm run check:docs`: does what the README and the tutorial tell a newcomer to type work? Each block of ```sh is run as
// it stands, in order, by bash, against a whole VMAN in a temporary folder. Blocks of `npm start` and `npm test` are what
// everything else is proven by: the first one is done here by its own parts, the second one is the suite itself. And every
// diagram of the docs is drawn.
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ROOT } from '../provision/paths.mjs';
import { step } from '../provision/progress.mjs';
import { run } from '../provision/run.mjs';
import { openDataFolder } from '../start/data-folder.mjs';
import { endGuests } from '../start/guests.mjs';
import { ensureTemplate, ensureVm, waitForGuest, waitForHost } from '../start/hello.mjs';
import { provision } from '../start/provision.mjs';
import { Stack } from '../start/stack.mjs';
import { diagrams } from './diagrams.mjs';

const PAGES = ['README.md', 'docs/FIRST-VM.md'];
const PROVEN_ELSEWHERE = ['npm start', 'npm test'];

const root = mkdtempSync(join(tmpdir(), 'vman-docs-'));
chmodSync(root, 0o711);
const folders = openDataFolder(root);
const stack = new Stack(
  folders,
  { ports: { intel: 0, operator: 0, observer: 0 }, startAgain: [] },
  console.log,
);
let failed = 0;
let passed = 0;
try {
  const { nats, image } = await provision({ yes: true, needsNats: true });
  await stack.startServices(await stack.startDatabase(), await stack.startBus(nats));
  await step('template demo', () => ensureTemplate(stack.api, image, folders));
  await waitForHost(stack.api);
  await step('VM hello', async () => void (await waitForGuest(stack.api, await ensureVm(stack.api))));
  for (const page of PAGES)
    for (const { name, commands } of blocksOf(page)) await prove(name, (note) => type(commands, note));
} finally {
  await stack.stop();
  await endGuests(folders, console.log);
  for (const folder of [folders.run, stack.databaseFolder, root])
    if (folder) rmSync(folder, { recursive: true, force: true });
}
// last: it makes this process look like a browser
for (const { where, draw } of await diagrams()) {
  await prove(where, async (note) => note(`${await draw()} bytes of SVG`));
}
console.log(`\n${passed} passed, ${failed} failed`);
process.exit(failed === 0 ? 0 : 1);

function blocksOf(page) {
  const text = readFileSync(join(ROOT, page), 'utf8');
  return [...text.matchAll(/^```sh\n([\s\S]*?)^```$/gm)]
    .map(([, commands], index) => ({ name: `${page}, block ${index + 1}`, commands }))
    .filter(({ commands }) => !PROVEN_ELSEWHERE.includes(commands.trim()));
}

async function prove(name, work) {
  try {
    await step(name, work);
    passed++;
  } catch (error) {
    failed++;
    console.error(error.message.replaceAll(/^/gm, '   '));
  }
}

async function type(commands, note) {
  await run('bash', ['-e', '-o', 'pipefail', '-c', commands], { cwd: ROOT, env: environment() });
  note(commands.trim().split('\n')[0]);
}

/** curl takes a refusal for a success unless it is told otherwise. */
function environment() {
  const home = join(root, 'home');
  mkdirSync(home, { recursive: true });
  writeFileSync(join(home, '.curlrc'), 'fail-with-body\n');
  const path = `${join(ROOT, 'node_modules', '.bin')}:${process.env.PATH}`;
  return {
    ...process.env,
    PATH: path,
    HOME: home,
    CURL_HOME: home,
    VMAN_URL: stack.url,
    VMAN_TOKEN: stack.token,
  };
}
