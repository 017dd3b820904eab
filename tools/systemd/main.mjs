import { runSystemd } from './run-systemd.mjs';

const HELP = `Boots a Debian with systemd as process 1 of its own namespaces, runs the operator there as a unit with
VMAN_LAUNCHER=systemd, then the units that are installed on hosts, and sees what becomes of their guests. Root, Linux with
namespaces, overlayfs.

  node tools/systemd/main.mjs [--yes]

  --yes   install mmdebstrap without asking`;

const words = process.argv.slice(2);
const unknown = words.filter((word) => !['--yes', '--help'].includes(word));
if (unknown.length > 0) {
  console.error(`unknown: ${unknown.join(' ')}\n\n${HELP}`);
  process.exit(2);
}
if (words.includes('--help')) console.log(HELP);
else process.exitCode = await runSystemd({ yes: words.includes('--yes') || Boolean(process.env.CI) });
