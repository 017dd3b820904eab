/**
 * The same machine through libvirt, where it is installed: its daemons are started for the measurement, as they are
 * configured on this host, with a socket of their own, and end with it. Each time holds one call of virsh, which is
 * measured too. A machine is defined once beforehand: libvirt may take seconds then to find out what each QEMU can do.
 */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { EventEmitter, on, once } from 'node:events';
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { promisify } from 'node:util';
import { waitFor } from '#libs/testing';
import type { BareTemplate } from './bare-qemu.js';
import { timed } from './median.js';

const run = promisify(execFile);
const LIBVIRTD = '/usr/sbin/libvirtd';
const VIRTLOGD = '/usr/sbin/virtlogd';
const VIRSH = '/usr/bin/virsh';
const EVENT_MS = 30_000;
/** Reaps what libvirtd leaves behind: it waits for that, and process 1 of a container may not do it. */
const TINI = '/usr/bin/tini';

export class Libvirt {
  private constructor(
    private readonly folder: string,
    private readonly uri: string,
    private readonly template: BareTemplate,
    private readonly daemons: ChildProcess[],
  ) {}

  /** Undefined where it is not installed. */
  static async start(template: BareTemplate): Promise<Libvirt | undefined> {
    if (![LIBVIRTD, VIRTLOGD, VIRSH].every((program) => existsSync(program))) return undefined;
    const folder = mkdtempSync(join(tmpdir(), 'vman-libvirt-'));
    // QEMU runs as the user that libvirt has for it.
    chmodSync(folder, 0o711);
    const config = join(folder, 'libvirtd.conf');
    writeFileSync(config, `unix_sock_dir = "${folder}"\nauth_unix_rw = "none"\nauth_unix_ro = "none"\n`);
    mkdirSync('/run/libvirt', { recursive: true });
    // One that runs already keeps its lock, and this one ends.
    const daemons = [start(VIRTLOGD)];
    daemons.push(start(LIBVIRTD, '-f', config, '-p', join(folder, 'libvirtd.pid')));
    const uri = `qemu:///system?socket=${join(folder, 'libvirt-sock')}`;
    const libvirt = new Libvirt(folder, uri, template, daemons);
    await waitFor(async () => (await libvirt.virsh('uri')) !== undefined, { what: 'libvirtd answers' });
    return libvirt;
  }

  /** Milliseconds of each, a round each: a call that does nothing, start, destroy. */
  async measure(rounds: number): Promise<Record<'call' | 'start' | 'stop', number[]>> {
    const times: Record<'call' | 'start' | 'stop', number[]> = { call: [], start: [], stop: [] };
    await this.withDomain(async (name) => {
      for (let round = 0; round < rounds; round += 1) {
        times.call.push(await timed(() => this.virsh('uri')));
        times.start.push(await timed(() => this.virsh('start', name)));
        times.stop.push(await timed(() => this.virsh('destroy', name)));
      }
    });
    return times;
  }

  /** Milliseconds from SIGKILL of its QEMU until an event tells of it, and until it was started again on that word. */
  async heal(rounds: number): Promise<Record<'noticed' | 'running', number[]>> {
    const times: Record<'noticed' | 'running', number[]> = { noticed: [], running: [] };
    await this.withDomain(async (name) => {
      const events = new LifeEvents(this.uri, name);
      try {
        // It does not say when it listens.
        await waitFor(
          async () => {
            await this.virsh('start', name);
            await this.virsh('destroy', name);
            return events.count > 0;
          },
          { what: 'an event of virsh is heard' },
        );
        for (let round = 0; round < rounds; round += 1) {
          const started = events.next('Started');
          await this.virsh('start', name);
          await started;
          const stopped = events.next('Stopped');
          const killedAt = performance.now();
          process.kill(Number(readFileSync(`/run/libvirt/qemu/${name}.pid`, 'utf8')), 'SIGKILL');
          await stopped;
          times.noticed.push(performance.now() - killedAt);
          await this.virsh('start', name);
          times.running.push(performance.now() - killedAt);
          await this.virsh('destroy', name);
        }
      } finally {
        await events.end();
      }
    });
    return times;
  }

  async stop(): Promise<void> {
    for (const daemon of this.daemons.reverse()) {
      const gone = new Promise((resolve) => daemon.once('exit', resolve));
      if (daemon.exitCode === null && daemon.kill('SIGTERM')) await gone;
    }
    rmSync(this.folder, { recursive: true, force: true });
  }

  private async withDomain(work: (name: string) => Promise<void>): Promise<void> {
    const name = `vman-bench-${process.pid}`;
    const disk = join(this.folder, `${name}.qcow2`);
    copyFileSync(diskOf(this.template), disk);
    const xml = join(this.folder, `${name}.xml`);
    writeFileSync(xml, domain(name, disk, this.template.binary));
    await this.virsh('define', xml);
    try {
      await work(name);
    } finally {
      // Its own failure would hide that of the work.
      await this.virsh('undefine', name).catch(() => '');
    }
  }

  private async virsh(...words: string[]): Promise<string> {
    return (await run(VIRSH, ['-q', '-c', this.uri, ...words])).stdout;
  }
}

/** What `virsh event` prints of one machine, as it prints it. */
class LifeEvents {
  private readonly child: ChildProcess;
  private readonly heard = new EventEmitter();
  count = 0;

  constructor(uri: string, name: string) {
    const words = ['-oL', VIRSH, '-q', '-c', uri, 'event', name, '--event', 'lifecycle', '--loop'];
    this.child = spawn('stdbuf', words, { stdio: ['ignore', 'pipe', 'ignore'] });
    const lines = createInterface({ input: this.child.stdout as Readable });
    lines.on('line', (line) => {
      this.count += 1;
      this.heard.emit('line', line);
    });
  }

  async next(word: 'Started' | 'Stopped'): Promise<void> {
    for await (const [line] of on(this.heard, 'line', { signal: AbortSignal.timeout(EVENT_MS) }))
      if (String(line).includes(word)) return;
  }

  async end(): Promise<void> {
    const gone = once(this.child, 'exit');
    this.child.kill('SIGTERM');
    await gone;
  }
}

function start(program: string, ...words: string[]): ChildProcess {
  const through = existsSync(TINI) ? [TINI, '-s', '--'] : [];
  const [first = program, ...rest] = [...through, program, ...words];
  return spawn(first, rest, { stdio: 'ignore' });
}

function diskOf({ args }: BareTemplate): string {
  const path = /"(\/[^"]+\.qcow2)"/.exec(args.join(' '))?.[1];
  if (!path) throw new Error('the model has no disk');
  return path;
}

/** As near to the operator's command line as libvirt's words come. */
const domain = (name: string, disk: string, binary: string) => `<domain type="qemu">
  <name>${name}</name>
  <memory unit="MiB">256</memory>
  <vcpu>1</vcpu>
  <os><type machine="q35">hvm</type></os>
  <cpu mode="custom"><model>Nehalem</model></cpu>
  <on_poweroff>destroy</on_poweroff>
  <seclabel type="none"/>
  <devices>
    <emulator>${binary}</emulator>
    <disk type="file" device="disk">
      <driver name="qemu" type="qcow2"/><source file="${disk}"/><target dev="vda" bus="virtio"/>
    </disk>
    <interface type="user"><model type="virtio"/></interface>
    <serial type="unix"><source mode="bind" path="${disk}.sock"/><log file="${disk}.serial" append="on"/></serial>
    <channel type="unix"><target type="virtio" name="org.qemu.guest_agent.0"/></channel>
    <controller type="usb" model="none"/>
    <memballoon model="virtio"/>
    <rng model="virtio"><backend model="builtin"/></rng>
  </devices>
</domain>
`;
