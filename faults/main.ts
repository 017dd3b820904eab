import { runFaults } from './run-faults.js';

process.exit(await runFaults(process.argv.slice(2)));
