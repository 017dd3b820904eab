import { execFileSync } from 'node:child_process';
import { chmodSync, readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { v7 as uuidv7 } from 'uuid';
import { expectNoLeftovers, waitFor } from '#libs/testing';
import { compileOperator } from '../../../../test/operator/compile-operator.js';
import { ImageServer } from '../../../../test/operator/image-server.js';
import { OperatorProcess } from '../../../../test/operator/operator-process.js';
import { TestHost } from '../../../../test/operator/test-host.js';

jest.setTimeout(60_000);

const root = process.geteuid?.() === 0;
const leftovers = expectNoLeftovers('oc');
let host: TestHost;
let images: ImageServer;
let operator: OperatorProcess;

beforeAll(async () => {
  host = await TestHost.start(leftovers.folder);
  images = await ImageServer.start(host.bus);
  operator = new OperatorProcess(await compileOperator(leftovers.folder), host);
});

afterEach(() => operator.end('SIGKILL'));

afterAll(async () => {
  await images?.stop();
  await host?.stop();
  await leftovers.check({ allowed: ['code/', 's/'] });
});

const mode = (path: string) => statSync(join(leftovers.folder, path)).mode & 0o777;
const owner = (path: string) => statSync(join(leftovers.folder, path)).uid;
const nobody = root ? Number(execFileSync('id', ['-u', 'nobody'], { encoding: 'utf8' })) : 0;
const status = (pid: number) => readFileSync(`/proc/${pid}/status`, 'utf8');

/** What `nobody` is told when it tries. */
function asNobody(...words: string[]): string {
  const become = ['--reuid=nobody', '--regid=nogroup', '--clear-groups', '--'];
  try {
    return execFileSync('setpriv', [...become, ...words], { encoding: 'utf8', stdio: 'pipe' });
  } catch (error) {
    return (error as { stderr: string }).stderr;
  }
}

(root ? describe : describe.skip)('a root operator with a user for QEMU', () => {
  it('runs it without any right, on files that are its own, before and after a restart', async () => {
    for (const folder of [leftovers.folder, dirname(leftovers.folder)]) chmodSync(folder, 0o711);
    const env = { VMAN_QEMU_USER: 'nobody' };
    await operator.start(env);
    const image = images.add(Buffer.alloc(1 << 20, 'confined'));
    const disk = { diskId: uuidv7(), bootOrder: 1, sizeBytes: 1 << 20, image, readOnly: false };
    const vm = host.vm({ disks: [disk] });
    await host.send(vm);
    const { pid } = await host.settled(vm, 'running');

    expect(status(pid)).toMatch(new RegExp(`^Uid:(\\t${nobody}){4}$`, 'm'));
    expect(status(pid)).toMatch(/^Groups:\s*$/m);
    expect(status(pid)).toMatch(/^CapEff:\t0+$/m);
    expect(status(pid)).toMatch(/^NoNewPrivs:\t1$/m);
    expect(status(pid)).toMatch(/^Seccomp:\t2$/m);
    expect(host.beats.at(-1)?.confinement).toMatchObject({ launcher: 'direct', user: 'nobody' });

    const run = `r/${vm.vmId.slice(-12)}`;
    expect([owner(run), mode(run), mode(`${run}/qmp.sock`)]).toEqual([nobody, 0o700, 0o600]);
    expect([owner('r'), mode('r')]).toEqual([0, 0o710]);
    const own = `s/disks/${disk.diskId}.qcow2`;
    expect([owner(own), mode(own)]).toEqual([nobody, 0o600]);
    expect([owner(`s/images/${image.digest}`), mode(`s/images/${image.digest}`)]).toEqual([0, 0o440]);
    expect([owner(`s/vms/${vm.vmId}/serial.log`), mode(`s/vms/${vm.vmId}/serial.log`)]).toEqual([
      nobody,
      0o600,
    ]);

    const at = (path: string) => join(leftovers.folder, path);
    for (const folder of ['s', 's/vms', `s/vms/${vm.vmId}`, 's/disks', 's/images', 'r']) {
      expect(asNobody('touch', at(`${folder}/made`))).toContain('Permission denied');
      expect(asNobody('ls', at(folder))).toContain('Permission denied');
    }
    expect(asNobody('cat', at(`s/vms/${vm.vmId}/desired.json`))).toContain('Permission denied');
    expect(asNobody('touch', at(`s/images/${image.digest}`))).toContain('Permission denied');

    await operator.end('SIGKILL');
    await operator.start(env);
    const adopted = await host.rowWhere(vm.vmId, 'adopted', (row) => row.rev.startCount > 1);
    expect(adopted).toMatchObject({ state: 'running', pid });
    await host.remove(vm);
    expect(host.leftOf(vm.vmId)).toEqual([]);
  });
});

describe('an operator', () => {
  it.each([
    [{ VMAN_QEMU_USER: 'no-such-user' }, 'QEMU cannot run as no-such-user'],
    [{ VMAN_LAUNCHER: 'systemd' }, 'systemd is not process 1 of this host'],
  ])('told %j does not start where that cannot be, and says so', async (env, words) => {
    const other = new OperatorProcess(await compileOperator(leftovers.folder), host);
    other.spawn(env);
    expect((await other.gone()).code).toBe(78);
    expect(other.output).toContain(words);
  });

  it('sets limits where it may make cgroups, and takes them away with the VM', async () => {
    await operator.start();
    const told = host.beats.at(-1)?.confinement;
    const vm = host.vm();
    await host.send(vm);
    const { pid } = await host.settled(vm, 'running');
    const cgroups = () => readFileSync(`/proc/${pid}/cgroup`, 'utf8');
    const group = `/vman/${vm.vmId.slice(-12)}`;
    const trees = told?.limits === 'cgroup-v1' ? 2 : 1;
    if (told?.limits === 'none') expect(told.limitsReason).not.toBe('');
    else await waitFor(() => cgroups().split(group).length > trees, { what: 'it is in its cgroups' });
    const made = told?.limits === 'cgroup-v1' ? cgroupFolder(cgroups(), 'memory') : undefined;
    if (made) expect(Number(readFileSync(`${made}/memory.limit_in_bytes`, 'utf8'))).toBeGreaterThan(1 << 29);
    await operator.end('SIGKILL');
    await operator.start();
    await host.remove(vm);
    if (made) expect(() => statSync(made)).toThrow('ENOENT');
  });
});

function cgroupFolder(lines: string, controller: string): string {
  const path = lines
    .split('\n')
    .find((line) => line.includes(`:${controller}:`))
    ?.split(':')[2];
  return `/sys/fs/cgroup/${controller}${path}`;
}
