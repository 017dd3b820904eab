import { EXIT } from './exit-codes.js';
import { run } from './run.js';
import { processTerminal } from './terminal/process-terminal.js';

// `vman vm list | head -1` ends quietly
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(EXIT.done);
});

process.exitCode = await run(process.argv.slice(2), processTerminal());
