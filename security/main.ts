import { runSecurity } from './run-security.js';

process.exit(await runSecurity(process.argv.slice(2)));
