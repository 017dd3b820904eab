import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Attack } from '../attack.js';

/** What somebody on the host, or a guest that broke into its QEMU, finds. */
export const processes: Attack = {
  name: 'processes',
  what: 'what a process of the host sees: arguments, sockets, folders, ports; what QEMU may still do',
  async run(ground, tries) {
    const { status } = await ground.stack.api.vm(ground.vm.id);
    const words = readFileSync(`/proc/${status.pid}/cmdline`, 'utf8').split('\0');
    const after = (flag: string) => words[words.indexOf(flag) + 1] ?? '';
    for (const deny of ['obsolete=deny', 'elevateprivileges=deny', 'spawn=deny', 'resourcecontrol=deny']) {
      tries.say(`a sandbox without ${deny}`, after('-sandbox').includes(deny), after('-sandbox'));
    }
    tries.say(
      'the sandbox is on in the kernel',
      /Seccomp:\s*2/.test(readFileSync(`/proc/${status.pid}/status`, 'utf8')),
    );
    for (const flag of ['-nodefaults', '-no-user-config']) tries.say(`without ${flag}`, words.includes(flag));
    tries.say(
      'a monitor for people',
      !words.includes('-monitor') && !words.some((it) => /mode=readline/.test(it)),
      words,
    );
    tries.say(
      'a screen on TCP',
      !words.some((it, index) => words[index - 1] === '-vnc' && !it.startsWith('unix:')),
      words,
    );
    const { marks, callers } = ground;
    for (const [name, secret] of Object.entries({ ...marks, ...callers })) {
      tries.say(`${name} on a command line`, !words.join(' ').includes(secret));
    }
    const listening = execFileSync('ss', ['-Hltnp'], { encoding: 'utf8' })
      .split('\n')
      .filter((line) => line.includes(`pid=${status.pid},`));
    const forwards = status.portForwards.map((it) => `${it.hostAddress}:${it.hostPort}`);
    const open = listening.filter((line) => !forwards.some((it) => line.includes(`${it} `)));
    tries.say('a port that nobody asked for', open.length === 0, open);
    const host = ground.stack.hosts[0];
    for (const folder of [host?.storage ?? '', host?.run ?? '']) {
      for (const path of [folder, ...walk(folder)]) {
        const { mode } = statSync(path, { throwIfNoEntry: false }) ?? { mode: 0 };
        tries.say(
          `${path.slice(ground.stack.folder.length)} is open to everybody`,
          (mode & 0o002) === 0,
          mode.toString(8),
        );
      }
      const outer = statSync(folder).mode & 0o077;
      tries.say(
        `${folder.slice(ground.stack.folder.length)} can be entered by others`,
        (outer & 0o007) === 0,
        outer.toString(8),
      );
    }
  },
};

const walk = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' }).map((it) => join(folder, it));
