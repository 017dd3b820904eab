import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import type { VmView } from '#libs/contracts/http';
import { buildQemuArguments, type QemuSpec } from '#libs/qemu';
import type { Attack, Tries } from '../attack.js';
import { codeOf, type Ground } from '../ground/ground.js';

const RUNS = 500;
const BITES = [
  'x,debug-threads=on',
  'a,file.locking=off',
  '-monitor stdio',
  '"}],{"',
  '$(id)',
  '`id`',
  '%n',
  ',,',
  "';--",
];

/** Nothing that a user writes becomes an argument, an option or a program. */
export const qemuArguments: Attack = {
  name: 'qemu-arguments',
  what: 'names, labels, paths and models that carry options of QEMU',
  async run(ground, tries) {
    tryBuilder(tries);
    for (const bite of BITES) {
      for (const body of [
        { name: bite, memoryMiB: 32 },
        { name: 'x', memoryMiB: 32, cpuModel: bite },
        { name: 'x', memoryMiB: 32, machine: bite },
        { name: 'x', memoryMiB: 32, nics: [{ mac: bite }] },
        { name: 'x', memoryMiB: 32, nics: [{ network: bite }] },
        { name: 'x', memoryMiB: 32, template: bite },
        { name: 'x', memoryMiB: 32, disks: [{ sizeGiB: 1, cache: bite }] },
      ]) {
        const reply = await ground.sendAsAdmin('POST', '/v1/vms', body);
        const held = reply.status >= 400 && reply.status < 500;
        tries.say(`a VM of ${JSON.stringify(body)}`, held, [reply.status, codeOf(reply)]);
      }
    }
    await tryRealMachine(ground, tries);
  },
};

/** A property: whatever stands in a path, there are as many arguments and as many options. */
function tryBuilder(tries: Tries): void {
  const at = (path: string): QemuSpec => ({
    vmId: '0198b1f0-7a11-7c3e-9d55-1f2e3d4c5b6a',
    accelerator: { kind: 'tcg' },
    machine: { type: 'q35' },
    firmware: { kind: 'bios' },
    vcpus: { count: 1 },
    memory: { sizeMiB: 64 },
    disks: [{ id: '0198b1f0-7a11-7c3e-9d55-1f2e3d4c5b6b', layers: [{ path, format: 'raw' }] }],
    nics: [],
    pidFile: path,
    qmpSocket: path,
    serial: { socket: path, logPath: path },
    vncSocket: path,
    guestAgentSocket: path,
  });
  const expected = buildQemuArguments(at('/x/plain'));
  const text = fc.oneof(fc.string({ unit: 'binary', maxLength: 60 }), fc.constantFrom(...BITES));
  const wrong = fc.check(
    fc.property(text, (part) => {
      const args = built(at(`/x/${part}`));
      tries.count += 1;
      return args === undefined || (args.length === expected.length && sameOptions(args, expected));
    }),
    { numRuns: RUNS },
  );
  tries.say('arguments of any path', !wrong.failed, wrong.counterexample);
}

function built(spec: QemuSpec): string[] | undefined {
  try {
    return buildQemuArguments(spec);
  } catch {
    // Refused.
    return undefined;
  }
}

/** No path has a comma of its own left that would begin another option; some arguments are a path and nothing else. */
function sameOptions(args: string[], expected: string[]): boolean {
  return args.every((argument, index) => {
    const plain = expected[index] ?? '';
    return plain === '/x/plain' || optionsOf(argument) === optionsOf(plain);
  });
}

const optionsOf = (argument: string): number =>
  argument.startsWith('{')
    ? Object.keys(JSON.parse(argument) as object).length
    : argument.replaceAll(',,', '').split(',').length;

/** A machine with hostile labels and host name runs with the words of one without. */
async function tryRealMachine(ground: Ground, tries: Tries): Promise<void> {
  const labels = { evil: 'x,debug-threads=on -monitor stdio', other: '"}],{"' };
  const { vm, operation } = await ground.stack.api.createVm({
    name: 'bitten',
    memoryMiB: 32,
    labels,
    disks: [{ sizeGiB: 1 }],
    nics: [{ portForwards: [{ guestPort: 22 }] }],
    cloudInit: { userData: '#!/bin/sh\n-monitor stdio,debug-threads=on\n' },
  });
  const end = await ground.stack.api.finished(operation);
  tries.say('it runs', end.status === 'succeeded', end.error);
  const [bitten, target] = [await ground.stack.api.vm(vm.id), await ground.stack.api.vm(ground.vm.id)];
  const [theirs, plain] = [wordsOf(bitten), wordsOf(target)];
  tries.say('as many words on its command line', theirs.length === plain.length, [
    theirs.length,
    plain.length,
  ]);
  tries.say('nothing of it on its command line', !/debug-threads|stdio/.test(theirs.join(' ')), theirs);
}

const wordsOf = ({ status }: VmView): string[] =>
  readFileSync(`/proc/${status.pid}/cmdline`, 'utf8').split('\0').filter(Boolean);
