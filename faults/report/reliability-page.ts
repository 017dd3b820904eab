import type { Fault } from '../fault.js';
import { INVARIANTS } from '../violation.js';
import { ENTRIES, type Entry } from './coverage.js';
import type { MachineFacts } from './machine-facts.js';
import type { Summary } from './summarize.js';

const INTRO = `# Reliability

Made by \`npm run faults -- --write\`; do not edit.

Each round starts intel, two operators and an observer as processes, with a real PostgreSQL, nats-server and QEMU
(tiny VMs without a guest system), and a fault proxy on every connection to the bus and the database. Five workers
create, start, stop, pause, resume, reset, reboot, label and delete VMs; each request has an idempotency key and is
sent again until it is answered, some are sent twice on purpose. In between, faults of the catalogue happen, drawn by
the seed. Then it is quiet, and a checker compares what was accepted, what the API says, what PostgreSQL holds, what
the kernel runs and what lies on the disks. Three VMs that nobody starts or stops must live through every fault in the
same process, unless the fault is the end of QEMU itself.

\`npm run faults -- --seed N --rounds 1\` runs the round of a seed again: the same work and the same faults in the same
order; how they meet in time is up to the machine. \`--only A3,B1\` draws from these alone, \`--all\` deals the whole
catalogue out over the rounds.
`;

const LIMITS = `## What is not in it

- The wall clock is that of one process, moved from within; the tests of the operator try a new boot id with real files.
- A full and a slow disk (D2, D3) are a loop device upon qemu-storage-daemon's FUSE export. Where root, /dev/fuse or loop
  devices are missing, they are left out, and the command says so.
- Reordering of packets: TCP undoes it before anybody sees it. Lost packets are stalls of one or both directions.
- Thousands of hosts or VMs are the business of \`npm run bench\`.
- A process is killed, a machine does not lose power: what the kernel holds is written in the end.
`;

const WHERE = `## Where each is tried

Everything that must be survived, the faults above that are it, and the tests beside them (\`*.slow.spec.ts\` by
\`npm test -- slow\`, benchmarks by \`npm run bench\`, the others by \`npm test\`).

| | in \`npm run faults\` | and in |
|---|---|---|`;

/** docs/RELIABILITY.md, whole. Pure. */
export function reliabilityPage(
  catalogue: readonly Fault[],
  summary: Summary,
  { machine, commit, date, command }: MachineFacts,
): string {
  const { rounds, seed, requests, settledMs, violations } = summary;
  const promises = Object.entries(INVARIANTS).map(([id, text]) => {
    const broken = violations.filter((it) => it.invariant === id).length;
    return `| ${id} | ${text} | ${broken === 0 ? 'held' : `broken ${broken} times`} |`;
  });
  const faults = catalogue.map(({ id, name }) => {
    const figures = summary.faults[id];
    const back = figures ? `${seconds(figures.backMs.median)} | ${seconds(figures.backMs.max)}` : '- | -';
    return `| ${id} | ${name} | ${figures?.happened ?? 0} | ${back} |`;
  });
  const happened = Object.values(summary.faults).reduce((total, it) => total + it.happened, 0);
  const codes = Object.entries(summary.failedOperations).map(([code, count]) => `${count} ${code}`);
  return [
    INTRO,
    '## Figures\n',
    `${date}, commit ${commit}, ${machine}. \`${command}\`, seeds from ${seed}.\n`,
    `${rounds} rounds, ${happened} faults, ${requests.ok} changes accepted, ${requests.fail} refused, ${requests.unknown} times no answer.`,
    `At rest after the last fault: median ${seconds(settledMs.median)}, at most ${seconds(settledMs.max)}.`,
    `Operations that ended as failed: ${codes.join(', ') || 'none'}. Violations: ${violations.length}.\n`,
    '| | promise | |\n|---|---|---|',
    ...promises,
    '\nServed again: from the end of the fault until a new change was carried out for VMs on the hosts.\n',
    '| | fault | times | served again, median | at most |\n|---|---|---|---|---|',
    ...faults,
    '',
    WHERE,
    ...ENTRIES.map(rowOf),
    '',
    LIMITS,
  ].join('\n');
}

const seconds = (ms: number) => `${(ms / 1000).toFixed(1)} s`;

const rowOf = ({ what, faults, elsewhere }: Entry) =>
  `| ${what} | ${faults.join(', ') || '-'} | ${elsewhere.map((path) => `\`${path}\``).join(', ') || '-'} |`;
