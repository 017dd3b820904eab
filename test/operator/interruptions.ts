/** Every named moment at which the operator may die, and what the next one makes of it: table and tests in one. */

export type Scenario = 'start' | 'change' | 'deletion' | 'repair' | 'reset' | 'exit' | 'adoption' | 'drain';

export interface Interruption {
  point: string;
  scenario: Scenario;
  /** `resume`: goes on where it stopped. `retry`: does it again from its beginning. */
  then: 'resume' | 'retry';
  /** What was left, and what becomes of it. */
  what: string;
  /** Tested with every change, not only in the slow suite. */
  always?: true;
}

const at = (
  scenario: Scenario,
  then: Interruption['then'],
  what: string,
  points: readonly string[],
  always?: true,
): Interruption[] => points.map((point) => ({ point: `operator.${point}`, scenario, then, what, always }));

const around = (step: string) => [`${step}.before`, `${step}.after`];

export const INTERRUPTIONS: readonly Interruption[] = [
  ...at('start', 'retry', 'Nothing was accepted: the bus delivers the desired state again.', [
    'desired.before-write',
  ]),
  ...at(
    'start',
    'resume',
    'The desired state is durable and is read at the start; its second delivery changes nothing.',
    ['desired.before-ack'],
    true,
  ),
  ...at('start', 'resume', 'The desired state is durable and is read at the start.', ['desired.after-ack']),
  ...at('start', 'retry', 'No image yet: it is asked for again.', ['fetch-image.before', 'image.granted']),
  ...at('start', 'resume', 'What arrived of the image is kept, read on and verified as a whole.', [
    'image.received',
  ]),
  ...at('start', 'resume', 'The image has its name: it is not fetched again.', ['fetch-image.after']),
  ...at('start', 'retry', 'No disk has its name yet: it is made anew.', ['create-disk.before']),
  ...at('start', 'retry', 'A disk without its name is removed at the start, and made anew.', [
    'create-disk.filled',
  ]),
  ...at('start', 'resume', 'The disk has its name: it is never made again.', ['create-disk.after']),
  ...at('start', 'retry', 'No seed has its name yet: it is made anew.', ['make-seed.before']),
  ...at('start', 'retry', 'A seed without its name is written over.', ['make-seed.written']),
  ...at('start', 'resume', 'The seed has its name, and is not made again while its texts are the same.', [
    'make-seed.after',
  ]),
  ...at('start', 'retry', 'Nothing was started.', ['launch.before']),
  ...at(
    'start',
    'retry',
    'An intent without a process: no child is found by the UUID, and QEMU is started.',
    ['launch.intent'],
  ),
  ...at(
    'start',
    'resume',
    'A stopped QEMU that is in no record: found by its UUID, adopted, and let run.',
    ['launch.spawned'],
    true,
  ),
  ...at('start', 'resume', 'A stopped QEMU with its record: adopted, and let run.', ['launch.connected']),
  ...at('start', 'resume', 'A stopped QEMU with its record: adopted, and let run.', ['launch.after']),
  ...at('start', 'resume', 'The guest runs or is let run.', around('resume')),
  ...at('change', 'resume', 'QEMU is asked what is so, and what is missing is done.', [
    ...around('pause'),
    ...around('add-forward'),
    ...around('remove-forward'),
    ...around('grow-disk'),
    ...around('add-vcpus'),
    ...around('add-memory'),
    ...around('limit-disk'),
    ...around('set-balloon'),
  ]),
  ...at('change', 'resume', 'The port is in the record: what QEMU has not got yet is plugged there.', [
    'attach-disk.before',
    'attach-disk.intent',
    'attach-disk.opened',
    'attach-disk.after',
    'attach-nic.before',
    'attach-nic.intent',
    'attach-nic.after',
  ]),
  ...at('change', 'resume', 'The guest is asked again, with the whole time limit.', around('ask-guest-off')),
  ...at('deletion', 'resume', 'The deletion is durable: the rest of it is done.', [
    'power-off.before',
    'power-off.after',
    'remove-disk.before',
    'remove-disk.after',
    'forget.after',
  ]),
  ...at('deletion', 'resume', 'The deletion is durable: the rest of it is done.', ['forget.before'], true),
  ...at('repair', 'resume', 'The command is in the journal and is taken up from it.', [
    'command.before-ack',
    'command.after-ack',
    'command.repair.before',
  ]),
  ...at(
    'repair',
    'resume',
    'The exit counts as answered: the VM is started again, once.',
    ['command.repair.after'],
    true,
  ),
  ...at(
    'reset',
    'retry',
    'The attempt is in the journal, its outcome is not: the guest is reset, perhaps twice; given up after five attempts.',
    around('command.reset'),
  ),
  ...at('exit', 'retry', 'The process is gone and its record is there: its end is counted now.', [
    'exit.before',
  ]),
  ...at('exit', 'resume', 'The end is counted for this launch: it is not counted again, only cleared up.', [
    'exit.recorded',
  ]),
  ...at('adoption', 'retry', 'Adopting changes nothing of a guest: it is adopted again.', ['adopt.found']),
  ...at('drain', 'resume', 'No guest was touched: they are adopted.', ['drain.before']),
];

/** A moment that only a real guest, or a network, lets the operator reach. */
export interface GuestInterruption extends Omit<Interruption, 'scenario'> {
  /** The test that kills the operator there. */
  test: string;
}

const withGuest = (
  then: Interruption['then'],
  what: string,
  points: readonly string[],
  test = 'test/e2e/killed-hot.slow.spec.ts',
): GuestInterruption[] => points.map((point) => ({ point: `operator.${point}`, then, what, test }));

const SNAPSHOTS = 'test/operator/kill-snapshots.ts';
const BACKUPS = 'test/operator/kill-backup.ts';

export const GUEST_INTERRUPTIONS: readonly GuestInterruption[] = [
  ...withGuest(
    'resume',
    'The device is in the record: the guest is asked again, with the whole time limit.',
    ['detach-disk.before', 'detach-nic.before'],
  ),
  ...withGuest('resume', 'The guest let go, the record still has the disk: its file is closed and removed.', [
    'detach-disk.unplugged',
  ]),
  ...withGuest('resume', 'The record is without the device: only the rest of the plan is done.', [
    'detach-disk.after',
    'detach-nic.after',
  ]),
  ...withGuest('resume', 'QEMU still has the module: the guest is asked again, with the whole time limit.', [
    'remove-memory.before',
  ]),
  ...withGuest(
    'resume',
    'The guest let go: the module is gone. Its backend stays in QEMU until memory is added in that slot, or QEMU ends.',
    ['remove-memory.unplugged'],
  ),
  ...withGuest('resume', 'The module is gone from QEMU: nothing is left to do.', ['remove-memory.after']),
  ...withGuest(
    'retry',
    'Whatever of the network is there is in its record or bears the name that is made of its id: it is completed.',
    [
      'ensure-network.before',
      'network.nic-recorded',
      'network.recorded',
      'network.made',
      'network.serving',
      'reserve-address.before',
      'network.reserved',
      'make-tap.before',
      'make-tap.created',
    ],
    'apps/operator/src/network/killed-networks.slow.spec.ts',
  ),
  ...withGuest(
    'resume',
    'What is there is found to be as it should be.',
    ['ensure-network.after', 'reserve-address.after', 'make-tap.after'],
    'apps/operator/src/network/killed-networks.slow.spec.ts',
  ),
  ...withGuest(
    'resume',
    'QEMU has the tap, or the backend that took it: the tap is taken back and passed again, or only the device added.',
    ['attach-nic.tap-passed', 'attach-nic.backed'],
    'apps/operator/src/network/killed-networks.slow.spec.ts',
  ),
  ...withGuest(
    'resume',
    'The NIC is in its record until nothing of it is left: the rest is taken away.',
    ['remove-tap.before', 'network.tap-removed', 'remove-tap.after'],
    'apps/operator/src/network/killed-networks.slow.spec.ts',
  ),
  ...withGuest(
    'resume',
    'The end of the freeze is on disk: the guest is thawed in time.',
    ['guest.frozen'],
    'test/e2e/guest-agent.e2e.spec.ts',
  ),
  ...withGuest(
    'retry',
    'The record of the snapshot has no result: what there is of it is removed, and it is taken anew.',
    ['snapshot.intent', 'snapshot.still', 'snapshot.taken'],
    SNAPSHOTS,
  ),
  ...withGuest('resume', 'The rest of the snapshot is removed.', ['snapshot.dropped'], SNAPSHOTS),
  ...withGuest(
    'retry',
    'Nothing was touched yet: the snapshot is looked at again.',
    around('check-restore'),
    SNAPSHOTS,
  ),
  ...withGuest(
    'retry',
    'The machine is off, and the snapshot is whole: all disks are put back to it again.',
    [...around('rewind-disks'), 'rewind-disks.kept', 'rewind-disks.one'],
    SNAPSHOTS,
  ),
  ...withGuest(
    'retry',
    'The guest has not run yet: the machine is launched and loaded anew.',
    ['load-memory.before', 'load-memory.loaded'],
    SNAPSHOTS,
  ),
  ...withGuest(
    'resume',
    'The restore counts as done: the guest is let run.',
    ['load-memory.after'],
    SNAPSHOTS,
  ),
  ...withGuest(
    'retry',
    'The backup has no name yet: what there is of it is removed, and it is made anew.',
    ['backup.targets', 'backup.copying', 'backup.sealed'],
    BACKUPS,
  ),
  ...withGuest('resume', 'The backup has its name: it is not made again.', ['backup.published'], BACKUPS),
];
