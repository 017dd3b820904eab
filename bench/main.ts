import { heal } from './heal.bench.js';
import { launch } from './launch.bench.js';
import { runBench } from './run-bench.js';

process.exit(await runBench([launch, heal], process.argv.slice(2)));
