import { runTests } from './run-tests.mjs';
import { HELP, parseSelection } from './selection.mjs';

const selection = parseSelection(process.argv.slice(2));
if (selection.help) console.log(HELP);
else process.exit(await runTests(selection));
