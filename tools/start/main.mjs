import { runDemo } from './demo.mjs';
import { HELP, parseOptions } from './options.mjs';
import { runSmoke } from './smoke.mjs';

// a terminal that is gone must not keep us from stopping what we started
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {});

const options = parseOptions(process.argv.slice(2));
if (options.fault) {
  console.error(options.fault);
  process.exit(2);
}
if (process.platform !== 'linux') {
  console.error('VMAN runs on Linux');
  process.exit(1);
}
if (options.mode === 'help') console.log(HELP);
else process.exit(await (options.mode === 'smoke' ? runSmoke() : runDemo(options)));
