// `npm run check:dashboards`: are the dashboards and alerts true? A whole VMAN comes up in a temporary folder, with a VM
// that is killed once, a real Prometheus scrapes it, and things go wrong. Then every panel's query, and what every alert
// looks at, must have data. What may have none is proven by a test of promtool too, and so is that alerts fire.
import { chmodSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ROOT } from '../provision/paths.mjs';
import { step } from '../provision/progress.mjs';
import { ensurePrometheus } from '../provision/prometheus.mjs';
import { run } from '../provision/run.mjs';
import { openDataFolder } from '../start/data-folder.mjs';
import { endGuests } from '../start/guests.mjs';
import { provision } from '../start/provision.mjs';
import { Stack } from '../start/stack.mjs';
import { badHour } from './bad-hour.mjs';
import { checkQueries } from './check-queries.mjs';
import { liveDay } from './live-day.mjs';
import { startPrometheus } from './prometheus-server.mjs';

const RULES = join(ROOT, 'deploy', 'prometheus', 'rules', 'vman.yml');
const TESTS = ['alerts.yml', 'quiet-panels.yml'].map((name) =>
  join(ROOT, 'deploy', 'prometheus', 'tests', name),
);

const programs = await ensurePrometheus();
await step(
  'promtool check rules',
  async () => void (await run(programs.promtool, ['check', 'rules', RULES])),
);
await step(
  'promtool test rules',
  async () => void (await run(programs.promtool, ['test', 'rules', ...TESTS])),
);

const root = mkdtempSync(join(tmpdir(), 'vman-dashboards-'));
chmodSync(root, 0o711);
const folders = openDataFolder(root);
const stack = new Stack(
  folders,
  { ports: { intel: 0, operator: 0, observer: 0 }, startAgain: [] },
  console.log,
);
let prometheus;
let faults = [];
let after;
try {
  const { nats, image } = await provision({ yes: true, needsNats: true });
  process.env.VMAN_VM_METRICS = 'true';
  const databaseUrl = await stack.startDatabase();
  const bus = await stack.startBus(nats);
  await stack.startServices(databaseUrl, bus);
  prometheus = await startPrometheus({ programs, folder: root, ports: stack.state.ports, rules: RULES });
  await liveDay(stack, image);
  await lint(programs.promtool, stack.state.ports);
  after = await badHour({ stack, prometheus, databaseUrl, bus, nats });
  await step('a few more scrapes', () => prometheus.scrapes(10));
  faults = await checkQueries(prometheus, {
    alertTests: readFileSync(TESTS[0], 'utf8'),
    quietTests: readFileSync(TESTS[1], 'utf8'),
  });
} catch (error) {
  faults = [error.message];
} finally {
  await prometheus?.stop();
  await after?.untie();
  await stack.stop();
  await after?.stopBus();
  await endGuests(folders, console.log);
  for (const folder of [folders.run, stack.databaseFolder, root])
    if (folder) rmSync(folder, { recursive: true, force: true });
}
for (const fault of faults) console.error(fault);
console.log(faults.length === 0 ? '\nall dashboards and alerts have data' : `\n${faults.length} faults`);
process.exit(faults.length === 0 ? 0 : 1);

/** All of /metrics of each service, not only ours. */
async function lint(promtool, { intel, operator, observer }) {
  for (const [name, port] of Object.entries({ intel, operator, observer })) {
    await step(`promtool check metrics: ${name}`, async (note) => {
      const text = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
      await run(promtool, ['check', 'metrics'], { input: text });
      note(`${new Set(text.match(/^vman_\w+/gm)).size} names of vman_, ${text.split('\n').length} lines`);
    });
  }
}
