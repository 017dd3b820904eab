import { HELP, parseOptions } from './options.mjs';
import { runContainers } from './run-containers.mjs';

const options = parseOptions(process.argv.slice(2));
if (options.fault) {
  console.error(options.fault);
  process.exit(2);
}
if (options.help) console.log(HELP);
else process.exit(await runContainers(options));
