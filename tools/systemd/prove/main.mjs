import { run } from '../../provision/run.mjs';
import { proveInstalled } from './prove-installed.mjs';
import { proveLauncher } from './prove-launcher.mjs';

try {
  await proveLauncher();
  await proveInstalled();
} catch (error) {
  console.error(error, await run('journalctl', ['--no-pager', '--lines=30', '--unit=vman-operator.service']));
  process.exitCode = 1;
}
