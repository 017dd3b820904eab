import { address } from './address.bench.js';
import { adopt } from './adopt.bench.js';
import { clone } from './clone.bench.js';
import { heal } from './heal.bench.js';
import { launch } from './launch.bench.js';
import { placement } from './placement.bench.js';
import { runBench } from './run-bench.js';

process.exit(await runBench([launch, heal, adopt, address, clone, placement], process.argv.slice(2)));
