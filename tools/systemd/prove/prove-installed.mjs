// Job: the operator's unit as deploy/install-host.sh installs it, with nothing changed in it: its user, its three
// capabilities and all its fences, under which networks must still work and its guests outlive it. The release that it
// starts is this project, which boot.sh has put to /opt/vman/current.
import assert from 'node:assert/strict';
import { cpSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '../../provision/paths.mjs';
import { step } from '../../provision/progress.mjs';
import { run } from '../../provision/run.mjs';
import { heldTaps, nicsOnBridges, noLinksLeft } from './taps.mjs';

const { TestHost } = await import(join(ROOT, 'dist/test/operator/test-host.js'));
const UNIT = 'vman-operator.service';
const STATE = '/var/lib/vman';
const RUN = '/run/vman';

export async function proveInstalled() {
  const host = await TestHost.start(STATE);
  try {
    await prove(host);
  } finally {
    await host.stop();
  }
}

async function prove(host) {
  await step("the hosts' own unit, as it is", async (note) => {
    await install(host.env);
    const beat = host.nextBeat(60_000);
    await run('systemctl', ['start', UNIT]);
    const { networkAbilities, confinement } = await beat;
    assert.equal(networkAbilities.managed, true, networkAbilities.reason);
    note(`launcher ${confinement.launcher}, managed networks, user ${await ownerOf(await mainPid())}`);
  });
  const vm = host.vm({ nics: await nicsOnBridges() });
  const pid = await step('a guest on bridges', async (note) => {
    await host.send(vm);
    const { pid } = await host.settled(vm, 'running');
    assert.equal(await ownerOf(pid), 'vman-operator');
    note(await heldTaps(vm, pid));
    return pid;
  });
  for (const words of [
    ['restart', UNIT],
    ['kill', '--signal=KILL', '--kill-who=main', UNIT],
  ])
    await step(`systemctl ${words[0]}`, async (note) => {
      const { startCount } = host.row(vm.vmId).rev;
      await run('systemctl', words);
      const adopted = (row) => row.rev.startCount > startCount && row.state === 'running';
      const row = await host.rowWhere(vm.vmId, 'it is adopted', adopted, 60_000);
      assert.equal(row.pid, pid);
      await heldTaps(vm, pid);
      note(`QEMU ${pid} stays, adopted`);
    });
  await step('deleting the VM leaves nothing', async () => {
    await host.remove(vm);
    assert.deepEqual(host.leftOf(vm.vmId), []);
    assert.ok(!readdirSync(RUN).includes(vm.vmId.slice(-12)));
    await noLinksLeft();
  });
}

async function install(env) {
  await run('systemd-sysusers', [join(ROOT, 'deploy/systemd/sysusers.conf')]);
  mkdirSync('/etc/vman', { recursive: true });
  const settings = Object.entries({ ...env, VMAN_RUN_PATH: RUN });
  writeFileSync('/etc/vman/operator.env', settings.map(([name, value]) => `${name}=${value}\n`).join(''));
  cpSync(join(ROOT, 'deploy/systemd', UNIT), `/etc/systemd/system/${UNIT}`);
  await run('systemctl', ['daemon-reload']);
}

async function mainPid() {
  return (await run('systemctl', ['show', UNIT, '--property=MainPID', '--value'])).trim();
}

async function ownerOf(pid) {
  const [, uid] = /^Uid:\t(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'));
  return (await run('id', ['-nu', uid])).trim();
}
