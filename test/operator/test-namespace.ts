/**
 * A network namespace for a test, so that nothing of the machine's network is touched. The servers of the test stay
 * outside: a relay each lets the inside reach them at the same address, over a unix socket, which no namespace keeps
 * apart.
 */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { connect, createServer, type Server } from 'node:net';
import { join } from 'node:path';

const RELAY = `
const { connect, createServer } = require('node:net');
const [socket, port] = process.argv.slice(1);
createServer((near) => {
  const far = connect(socket);
  near.pipe(far).pipe(near);
  for (const end of [near, far]) end.on('error', () => { near.destroy(); far.destroy(); });
}).listen(Number(port), '127.0.0.1', () => console.log('ready'));
`;

/** Why no such test can run here; undefined when it can. */
export function whyNoNamespaces(): string | undefined {
  if (process.geteuid?.() !== 0) return 'needs root';
  const name = `vmprobe${process.pid}`;
  try {
    ip('netns', 'add', name);
    try {
      ip('-n', name, 'link', 'add', 'br0', 'type', 'bridge');
      ip('-n', name, 'tuntap', 'add', 'dev', 'tap0', 'mode', 'tap');
      const script =
        'add table bridge t\nadd chain bridge t c { type filter hook prerouting priority 0 ; }\n';
      execFileSync('ip', ['netns', 'exec', name, 'nft', '-f', '-'], { input: script, stdio: 'pipe' });
      execFileSync('dnsmasq', ['--version'], { stdio: 'pipe' });
    } finally {
      ip('netns', 'delete', name);
    }
  } catch (error) {
    return `needs network namespaces, bridges, taps, nftables and dnsmasq: ${(error as Error).message.split('\n')[0]}`;
  }
  return undefined;
}

export class TestNamespace {
  private constructor(
    readonly name: string,
    private readonly relays: (Server | ChildProcess)[],
  ) {}

  /** `ports`: of servers on this machine's loopback, reached by the same ports inside. */
  static async make(folder: string, ...ports: number[]): Promise<TestNamespace> {
    const name = `vmtest${process.pid}-${ports[0]}`;
    ip('netns', 'add', name);
    ip('-n', name, 'link', 'set', 'lo', 'up');
    const relays = await Promise.all(ports.map((port) => relayInto(name, folder, port)));
    return new TestNamespace(name, relays.flat());
  }

  /** Words that make a program run inside. */
  get through(): string[] {
    return ['ip', 'netns', 'exec', this.name];
  }

  /** Runs a program inside and gives its output. */
  run(program: string, ...args: string[]): string {
    return execFileSync('ip', ['netns', 'exec', this.name, program, ...args], {
      stdio: 'pipe',
      encoding: 'utf8',
    });
  }

  /** Pids of the programs of this name that run inside. */
  processes(name: string): number[] {
    const pids = execFileSync('ip', ['netns', 'pids', this.name], { encoding: 'utf8' });
    return pids
      .split('\n')
      .filter(Boolean)
      .map(Number)
      .filter((pid) => commandOf(pid) === name);
  }

  /** Interfaces and tables of VMAN that are there. */
  left(): string[] {
    const links = (JSON.parse(this.run('ip', '-json', 'link', 'show')) as { ifname: string }[])
      .map((it) => it.ifname)
      .filter((it) => it.startsWith('vm'));
    const listed = this.run('nft', 'list', 'ruleset');
    const tables = [...listed.matchAll(/^table (\S+ vman_\S+)/gm)].map((it) => it[1] ?? '');
    return [...links, ...tables];
  }

  async remove(): Promise<void> {
    for (const relay of this.relays) {
      if ('close' in relay) relay.close();
      else {
        relay.kill('SIGKILL');
        await once(relay, 'exit');
      }
    }
    ip('netns', 'delete', this.name);
  }
}

/** Names of the taps that a process has open. */
export function openTaps(pid: number): string[] {
  return readdirSync(`/proc/${pid}/fdinfo`).flatMap((fd) => {
    const told = contentOf(`/proc/${pid}/fdinfo/${fd}`);
    return /^iff:\s*(\S+)$/m.exec(told)?.[1] ?? [];
  });
}

async function relayInto(name: string, folder: string, port: number): Promise<[Server, ChildProcess]> {
  const socket = join(folder, `${port}.sock`);
  const outside = createServer((near) => {
    const far = connect(port, '127.0.0.1');
    near.pipe(far).pipe(near);
    const end = () => {
      near.destroy();
      far.destroy();
    };
    near.on('error', end);
    far.on('error', end);
  }).listen(socket);
  await once(outside, 'listening');
  const words = ['netns', 'exec', name, process.execPath, '-e', RELAY, socket, String(port)];
  const inside = spawn('ip', words, { stdio: ['ignore', 'pipe', 'inherit'] });
  await once(inside.stdout, 'data');
  return [outside, inside];
}

const commandOf = (pid: number): string => contentOf(`/proc/${pid}/comm`).trim();

/** Of something that may be gone by now. */
function contentOf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

function ip(...args: string[]): void {
  execFileSync('ip', args, { stdio: 'pipe' });
}
