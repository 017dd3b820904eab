// Job: what VMAN_LAUNCHER=systemd promises, seen from inside a running systemd. How: the operator is a unit, driven
// over a bus of its own as intel would do it; every claim is read from systemd and from the kernel.
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '../../provision/paths.mjs';
import { step } from '../../provision/progress.mjs';
import { run } from '../../provision/run.mjs';
import { pause } from '../../start/processes.mjs';
import { heldTaps, nicsOnBridges, noLinksLeft } from './taps.mjs';

const { later, TestHost } = await import(join(ROOT, 'dist/test/operator/test-host.js'));
const UNIT = 'vman-operator.service';
const UNIT_FILE = `/run/systemd/system/${UNIT}`;
const FOLDER = '/var/lib/proof';
/** Of the unit that is installed on hosts, whose watchdog is slower. */
const WATCHED = /^(Type|NotifyAccess|TimeoutStartSec|WatchdogSignal)=.*$/gm;
const WATCHDOG_SECONDS = 6;

let host;

export async function proveLauncher() {
  mkdirSync(FOLDER, { mode: 0o711 });
  host = await TestHost.start(FOLDER);
  try {
    await prove();
    await run('systemctl', ['stop', UNIT]);
  } finally {
    rmSync(UNIT_FILE, { force: true });
    await host.stop();
  }
}

async function prove() {
  await step('the units are hardened', hardened);
  await step('the operator is a unit', startUnit);
  const vm = host.vm({ nics: await nicsOnBridges() });
  const pid = await step('a guest is in a scope with limits', async (note) => {
    await host.send(vm);
    const row = await host.settled(vm, 'running');
    note(await limitsOf(vm.vmId, row.pid));
    return row.pid;
  });
  const [scope] = await scopesOf(vm.vmId);
  await step('it holds the taps that it may not open', async (note) => note(await heldTaps(vm, pid)));
  const stays = (what, words) =>
    step(what, async (note) => {
      const { startCount } = host.row(vm.vmId).rev;
      await run('systemctl', words);
      const adopted = (row) => row.rev.startCount > startCount && row.state === 'running';
      const row = await host.rowWhere(vm.vmId, 'it is adopted', adopted, 60_000);
      assert.equal(row.pid, pid);
      assert.deepEqual(await scopesOf(vm.vmId), [scope]);
      await heldTaps(vm, pid);
      note(`QEMU ${pid} stays, adopted`);
    });
  await stays('kill -9 of the operator', ['kill', '--signal=KILL', '--kill-who=main', UNIT]);
  await stays('systemctl restart', ['restart', UNIT]);
  await step('it is up by its own word, and gives signs of life', signsOfLife);
  await stays('a frozen operator is killed by the watchdog', [
    'kill',
    '--signal=STOP',
    '--kill-who=main',
    UNIT,
  ]);
  assert.match(await run('journalctl', ['--no-pager', `--unit=${UNIT}`]), /Watchdog timeout/);

  const stopped = later(vm, { power: 'stopped' });
  await step('stopping the VM removes the scope', async () => {
    await host.send(stopped);
    await host.settled(stopped, 'stopped');
    await noScope(vm.vmId);
  });
  const again = later(stopped, { power: 'running', startGeneration: vm.startGeneration + 1 });
  await step('started again it has another scope', async (note) => {
    await host.send(again);
    await host.settled(again, 'running');
    const scopes = await scopesOf(vm.vmId);
    assert.equal(scopes.length, 1);
    assert.notEqual(scopes[0], scope);
    note(await heldTaps(vm, host.row(vm.vmId).pid));
  });
  await step('deleting the VM leaves nothing', async () => {
    await host.remove(again);
    await noScope(vm.vmId);
    assert.deepEqual(host.leftOf(vm.vmId), []);
    await noLinksLeft();
  });
}

/** Those that are installed on hosts, as systemd judges them. */
async function hardened(note) {
  const told = [];
  for (const service of ['intel', 'observer', 'operator']) {
    const unit = join(ROOT, `deploy/systemd/vman-${service}.service`);
    const verdict = await run('systemd-analyze', ['security', '--offline=true', unit]);
    const [, level] = /exposure level for \S+: (\S+ OK)/.exec(verdict) ?? [];
    assert.ok(level, verdict);
    told.push(`${service} ${level}`);
  }
  note(told.join(', '));
}

async function showUnit() {
  const names = ['Type', 'NRestarts', 'WatchdogUSec', 'WatchdogTimestampMonotonic', 'Result'];
  const shown = await run('systemctl', ['show', UNIT, ...names.map((name) => `--property=${name}`)]);
  return Object.fromEntries(
    shown
      .trim()
      .split('\n')
      .map((line) => line.split('=')),
  );
}

/** Longer than the watchdog waits. */
async function signsOfLife(note) {
  const before = await showUnit();
  assert.equal(before.Type, 'notify');
  await pause(2 * WATCHDOG_SECONDS * 1000);
  const after = await showUnit();
  assert.equal(after.NRestarts, before.NRestarts);
  assert.ok(Number(after.WatchdogTimestampMonotonic) > Number(before.WatchdogTimestampMonotonic));
  note(`watchdog ${after.WatchdogUSec}`);
}

async function startUnit(note) {
  const env = { ...host.env, VMAN_LAUNCHER: 'systemd', VMAN_QEMU_USER: 'vman-qemu' };
  const unit = [
    // without KillMode=process: systemd ends all that is in the unit's cgroup, and a guest must not be
    ...['[Service]', 'Restart=always', 'RestartSec=100ms', `WatchdogSec=${WATCHDOG_SECONDS}`],
    ...readFileSync(join(ROOT, 'deploy/systemd', UNIT), 'utf8').match(WATCHED),
    ...Object.entries(env).map(([name, value]) => `Environment=${name}=${value}`),
    `ExecStart=${process.execPath} ${join(ROOT, 'dist/apps/operator/src/main.js')}`,
  ];
  writeFileSync(UNIT_FILE, `${unit.join('\n')}\n`);
  await run('systemctl', ['daemon-reload']);
  const beat = host.nextBeat(60_000);
  await run('systemctl', ['start', UNIT]);
  const { launcher, limits, user } = (await beat).confinement;
  assert.deepEqual({ launcher, limits, user }, { launcher: 'systemd', limits: 'systemd', user: 'vman-qemu' });
  note(`launcher ${launcher}, QEMU's user ${user}`);
}

/** What systemd says of the scope, once the kernel agrees with it. */
async function limitsOf(vmId, pid) {
  const [scope, ...others] = await scopesOf(vmId);
  assert.deepEqual(others, []);
  const names = ['Slice', 'CPUWeight', 'MemoryMax', 'KillMode', 'ControlGroup'];
  const shown = await run('systemctl', ['show', scope, ...names.map((name) => `--property=${name}`)]);
  const told = Object.fromEntries(
    shown
      .trim()
      .split('\n')
      .map((line) => line.split('=')),
  );
  assert.equal(told.Slice, 'vman.slice');
  assert.ok(groupsOf(pid).includes(told.ControlGroup), `QEMU ${pid} is in ${groupsOf(pid)}`);
  assert.match(readFileSync(`/proc/${pid}/cmdline`, 'utf8'), /^[^\0]*qemu-system/);
  const [cpu, memory] = inKernel(told.ControlGroup);
  assert.equal(cpu, Number(told.CPUWeight));
  assert.equal(memory, Number(told.MemoryMax));
  return `${scope} ${shown.trim().replaceAll('\n', ' ')}`;
}

function groupsOf(pid) {
  const lines = readFileSync(`/proc/${pid}/cgroup`, 'utf8').trim().split('\n');
  return lines.map((line) => line.split(':').slice(2).join(':'));
}

function inKernel(group) {
  const number = (path) => Number(readFileSync(join('/sys/fs/cgroup', path), 'utf8'));
  if (existsSync('/sys/fs/cgroup/cgroup.controllers'))
    return [number(`${group}/cpu.weight`), number(`${group}/memory.max`)];
  const shares = number(`cpu/${group}/cpu.shares`);
  return [(shares * 100) / 1024, number(`memory/${group}/memory.limit_in_bytes`)];
}

async function scopesOf(vmId) {
  const list = ['list-units', '--all', '--plain', '--no-legend', `vman-${vmId}-*.scope`];
  const lines = (await run('systemctl', list)).trim().split('\n').filter(Boolean);
  return lines.map((line) => line.split(' ')[0]);
}

async function noScope(vmId) {
  for (let tries = 0; tries < 50; tries += 1) {
    if ((await scopesOf(vmId)).length === 0) return;
    await pause(100);
  }
  throw new Error(`left: ${await scopesOf(vmId)}`);
}
