import { run } from '../../provision/run.mjs';
import { proveInstalled } from './prove-installed.mjs';
import { proveLauncher } from './prove-launcher.mjs';
import { proveTrio } from './prove-trio.mjs';

try {
  await proveLauncher();
  await proveInstalled();
  await proveTrio();
} catch (error) {
  console.error(error, await run('journalctl', ['--no-pager', '--lines=60', '--unit=vman-*']));
  process.exitCode = 1;
}
