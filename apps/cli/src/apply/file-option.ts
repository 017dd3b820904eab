import type { Command } from 'commander';
import { KIND_NAMES } from './kinds/all-kinds.js';

const EXAMPLE = `
A file has documents parted by \`---\`. Each has a kind (vm when left out) and the fields of that kind as the API takes
them; what comes later may need what comes before, in whatever order they stand. A template with
\`source: { type: upload, path: ./image.qcow2 }\` is uploaded from here, unless it is there. Kinds: ${KIND_NAMES.join(', ')}.

  kind: network
  name: lan
  cidr: 10.1.0.0/24
  ---
  kind: vm
  name: web-1
  template: debian
  memoryMiB: 512
  nics: [{ network: lan }]
  labels: { tier: web }`;

/** `-f`, and what a file looks like. */
export function addFileOption(noun: Command): Command {
  return noun
    .requiredOption('-f, --file <path...>', 'YAML or JSON files, or folders of them; - is standard input')
    .addHelpText('after', EXAMPLE);
}
