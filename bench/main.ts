import { address } from './address.bench.js';
import { adopt } from './adopt.bench.js';
import { agent } from './agent.bench.js';
import { api } from './api.bench.js';
import { burst } from './burst.bench.js';
import { clone } from './clone.bench.js';
import { coherence } from './coherence.bench.js';
import { fleet } from './fleet.bench.js';
import { heal } from './heal.bench.js';
import { launch } from './launch.bench.js';
import { placement } from './placement.bench.js';
import { runBench } from './run-bench.js';

const benches = [launch, heal, coherence, adopt, burst, api, fleet, agent, address, placement, clone];
process.exit(await runBench(benches, process.argv.slice(2)));
