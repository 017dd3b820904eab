export const HELP = `npm start -- [options]

Brings up a whole VMAN on this machine: database, bus, the three services, a demo
template and a running guest. Data stays in .data/demo for the next start.

  --smoke   do it unattended in a temporary folder, kill the guest once, wait for its
            repair, report one JSON object as the last line, and leave nothing behind
  --yes     do not ask before QEMU is installed
  --help    this text

VMAN_DATABASE_URL and VMAN_NATS_URL name a database or a bus to use instead of the
embedded ones; other VMAN_* settings are handed to the services.`;

/** @returns {{mode: 'demo' | 'smoke' | 'help', yes: boolean} | {fault: string}} */
export function parseOptions(argv) {
  const known = ['--smoke', '--yes', '--help', '-h'];
  const unknown = argv.filter((word) => !known.includes(word));
  if (unknown.length > 0) return { fault: `unknown option ${unknown.join(' ')}; see npm start -- --help` };
  if (argv.includes('--help') || argv.includes('-h')) return { mode: 'help', yes: false };
  const smoke = argv.includes('--smoke');
  return { mode: smoke ? 'smoke' : 'demo', yes: smoke || argv.includes('--yes') || Boolean(process.env.CI) };
}
