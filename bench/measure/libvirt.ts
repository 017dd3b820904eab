/**
 * The same machine through libvirt, where it is installed: its daemons are started for the measurement, as they are
 * configured on this host, with a socket of their own, and end with it. Each time holds one call of virsh, which is
 * measured too. A machine is defined once beforehand: libvirt may take seconds then to find out what each QEMU can do.
 */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { chmodSync, copyFileSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { waitFor } from '#libs/testing';
import type { BareTemplate } from './bare-qemu.js';
import { timed } from './median.js';

const run = promisify(execFile);
const LIBVIRTD = '/usr/sbin/libvirtd';
const VIRTLOGD = '/usr/sbin/virtlogd';
const VIRSH = '/usr/bin/virsh';
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
    const name = `vman-bench-${process.pid}`;
    const disk = join(this.folder, `${name}.qcow2`);
    copyFileSync(diskOf(this.template), disk);
    const xml = join(this.folder, `${name}.xml`);
    writeFileSync(xml, domain(name, disk, this.template.binary));
    const times: Record<'call' | 'start' | 'stop', number[]> = { call: [], start: [], stop: [] };
    await this.virsh('define', xml);
    try {
      for (let round = 0; round < rounds; round += 1) {
        times.call.push(await timed(() => this.virsh('uri')));
        times.start.push(await timed(() => this.virsh('start', name)));
        times.stop.push(await timed(() => this.virsh('destroy', name)));
      }
    } finally {
      await this.virsh('undefine', name);
    }
    return times;
  }

  async stop(): Promise<void> {
    for (const daemon of this.daemons.reverse()) {
      const gone = new Promise((resolve) => daemon.once('exit', resolve));
      if (daemon.exitCode === null && daemon.kill('SIGTERM')) await gone;
    }
    rmSync(this.folder, { recursive: true, force: true });
  }

  private async virsh(...words: string[]): Promise<string> {
    return (await run(VIRSH, ['-q', '-c', this.uri, ...words])).stdout;
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
