#!/usr/bin/env node
// Starts the compiled command. Plain JavaScript, so that an old Node gets a sentence instead of a syntax error.
import { existsSync } from 'node:fs';
import * as nodeModule from 'node:module';

const OLDEST_NODE = 22;
const main = new URL('../../../dist/apps/cli/src/main.js', import.meta.url);

if (Number.parseInt(process.versions.node, 10) < OLDEST_NODE) {
  console.error(`vman needs Node ${OLDEST_NODE} or newer and this is ${process.versions.node}.`);
  console.error('Inside the project, `npx vman` takes the Node that lies in node_modules.');
  process.exitCode = 70;
} else if (!existsSync(main)) {
  console.error('vman is not built yet: run `npm run build` in the project.');
  process.exitCode = 70;
} else {
  // Compiled code is kept between runs; it halves the time to start.
  nodeModule.enableCompileCache?.();
  await import(main.href);
}
