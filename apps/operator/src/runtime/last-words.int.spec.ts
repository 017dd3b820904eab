import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmdirSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { v7 as uuidv7 } from 'uuid';
import { StreamAdmin } from '#libs/bus';
import { loadConfig } from '#libs/config';
import {
  consoleLogReplyCodec,
  consoleLogRequestCodec,
  type DesiredVm,
  EVENTS_STREAM,
  type ExitEvent,
  exitEventCodec,
  subjects,
} from '#libs/contracts';
import { createLogger } from '#libs/logging';
import { expectNoLeftovers, waitFor } from '#libs/testing';
import { PANICS, SLEEPS, TALKS } from '../../../../test/operator/boot-sectors.js';
import { ImageServer } from '../../../../test/operator/image-server.js';
import { later, TestHost } from '../../../../test/operator/test-host.js';
import { type StartedOperator, startOperator } from '../start-operator.js';
import { LOG_CAP_BYTES } from './log-files.js';

jest.setTimeout(60_000);

const leftovers = expectNoLeftovers('lw');
const exits: ExitEvent[] = [];
let host: TestHost;
let images: ImageServer;
let started: StartedOperator;

async function start(): Promise<void> {
  const config = loadConfig('operator', { argv: [], env: host.env });
  const level = process.env.VMAN_TEST_LOG ? 'debug' : 'silent';
  started = await startOperator(config, createLogger({ service: 'operator', level }));
}

beforeAll(async () => {
  host = await TestHost.start(leftovers.folder);
  host.observe();
  images = await ImageServer.start(host.bus);
  host.bus.subscribe(subjects.event(host.hostId, 'exit'), exitEventCodec, (it) => void exits.push(it));
  await start();
});

afterAll(async () => {
  await started?.app.close();
  await images?.stop();
  await host?.stop();
  await leftovers.check({ allowed: ['s/'] });
});

/** A VM whose guest is one boot sector. */
async function boot(sector: Buffer, fields: Partial<DesiredVm> = {}): Promise<DesiredVm> {
  const image = images.add(sector);
  const vm = host.vm({
    disks: [{ diskId: uuidv7(), bootOrder: 1, sizeBytes: 1 << 20, image, readOnly: false }],
    ...fields,
  });
  await host.send(vm);
  return vm;
}

const told = ({ vmId }: DesiredVm, exitSeq: number) =>
  waitFor(() => exits.find((it) => it.vmId === vmId && it.exit.exitSeq === exitSeq), {
    what: `exit ${exitSeq} is told`,
  });
const folderOf = ({ vmId }: DesiredVm) => join(leftovers.folder, 's/vms', vmId);
const certificates = (vm: DesiredVm) => readdirSync(join(folderOf(vm), 'exits')).sort();
const consoleLog = ({ vmId }: DesiredVm, tailBytes: number) =>
  host.bus.request(
    subjects.hostRpc(host.hostId, 'console-log'),
    consoleLogRequestCodec,
    { vmId, tailBytes },
    consoleLogReplyCodec,
    2_000,
  );

describe('the death certificate of a QEMU process', () => {
  it('says who ended it, with its last words and events, and lies in the folder of the VM', async () => {
    const vm = await boot(TALKS);
    const { pid } = await host.settled(vm, 'running');
    const log = join(folderOf(vm), 'serial.log');
    await waitFor(() => statSync(log).size > 1_000, { what: 'the guest talks' });
    process.kill(pid, 'SIGKILL');
    const { exit, serialTail, qmpEvents, ...rest } = await told(vm, 1);
    expect(exit).toMatchObject({ reason: 'killed', status: 'signal SIGKILL', startGeneration: 1 });
    expect(rest).toMatchObject({ pid, hostId: host.hostId });
    expect(Buffer.from(serialTail).toString()).toContain('the guest is talking');
    expect(qmpEvents.map((it) => it.name)).toContain('RESUME');
    await waitFor(() => certificates(vm).includes('1.json'), { what: 'it is marked as told' });
    await host.remove(vm);
  });

  it('is told later when the bus is away, also by a later operator', async () => {
    const vm = await boot(SLEEPS);
    const { pid } = await host.settled(vm, 'running');
    await host.nats.stop();
    process.kill(pid, 'SIGKILL');
    await waitFor(() => existsSync(join(folderOf(vm), 'exits/1.unsent.json')), { what: 'it waits' });
    await started.app.close();
    await start();
    await host.nats.start();
    await waitFor(() => host.bus.connected, { what: 'the bus is back' });
    await waitFor(() => certificates(vm).includes('1.json'), { what: 'it is marked as told' });
    const subject = subjects.event(host.hostId, 'exit');
    const last = await new StreamAdmin(host.bus).lastOnSubject(EVENTS_STREAM, subject, exitEventCodec);
    expect(last?.message).toMatchObject({ vmId: vm.vmId, exit: { exitSeq: 1, reason: 'killed' } });
    await host.remove(vm);
  });

  it('of a guest that panicked says so, and its policy starts it again', async () => {
    const vm = await boot(PANICS);
    const { exit, qmpEvents } = await told(vm, 1);
    expect(exit).toMatchObject({ reason: 'guest-panic', status: 'code 0' });
    expect(qmpEvents.map((it) => it.name)).toContain('GUEST_PANICKED');
    const row = await host.rowWhere(vm.vmId, 'it crashed', (it) => it.state === 'crashed');
    expect(row.nextRestartAtMs).toBeGreaterThan(0);
    await host.remove(vm);
  });

  it('tells a process that the kernel killed for memory from one that somebody killed', async () => {
    const vm = await boot(SLEEPS, { power: 'paused' });
    const { pid } = await host.settled(vm, 'paused');
    const group = `/sys/fs/cgroup/memory/vman-test-${pid}`;
    if (!existsSync('/sys/fs/cgroup/memory/memory.oom_control') || process.getuid?.() !== 0) {
      process.stderr.write('no memory cgroup can be made here: not tried\n');
      return host.remove(vm);
    }
    // The operator puts it where it gives limits once it has started, which would take it out of this one again.
    const { limits } = started.operator.host.launcher.told;
    const isPut = () =>
      limits === 'none' || /:memory:.*\/vman\//.test(readFileSync(`/proc/${pid}/cgroup`, 'utf8'));
    await waitFor(isPut, { what: 'it has its limits' });
    mkdirSync(group);
    writeFileSync(`${group}/memory.limit_in_bytes`, String(1 << 20));
    writeFileSync(`${group}/cgroup.procs`, String(pid));
    await host.send(later(vm, { power: 'running' }));
    const { exit } = await told(vm, 1);
    expect(exit).toMatchObject({ reason: 'out-of-memory', status: 'signal SIGKILL' });
    await waitFor(() => host.qemus(vm.vmId).length === 0, { what: 'it is gone' });
    rmdirSync(group);
    return host.remove(vm);
  });

  it('is kept for the last ten exits', async () => {
    let vm = await boot(SLEEPS);
    const folder = join(folderOf(vm), 'exits');
    await host.settled(vm, 'running');
    mkdirSync(folder);
    for (const name of ['1.json', '2.json', '12.json']) writeFileSync(join(folder, name), '{}');
    await started.operator.registry.get(vm.vmId)?.vm.saveStatus({
      lastExit: { exitSeq: 12, reason: 'crash', atMs: 1, startGeneration: 0, status: '' },
    });
    vm = later(vm, { power: 'stopped' });
    await host.send(vm);
    expect((await told(vm, 13)).exit.reason).toBe('requested');
    await waitFor(() => certificates(vm).includes('13.json'), { what: 'it is marked as told' });
    expect(certificates(vm)).toEqual(['12.json', '13.json']);
    await host.remove(vm);
  });
});

describe('the console log', () => {
  it('is read over the bus, and never grows without end however much the guest says', async () => {
    const vm = await boot(TALKS);
    await host.settled(vm, 'running');
    const log = join(folderOf(vm), 'serial.log');
    const rotated = `${log}.1`;
    const talk = (path: string) => readFileSync(path, 'utf8').includes('the guest is talking');
    await waitFor(() => talk(log), { what: 'the guest talks' });
    // What an earlier run of the guest said.
    writeFileSync(log, 'x'.repeat(LOG_CAP_BYTES), { flag: 'a' });
    await waitFor(() => existsSync(rotated), { what: 'it is rotated' });
    expect(statSync(rotated).size).toBeLessThan(2 * LOG_CAP_BYTES);
    expect(talk(rotated)).toBe(true);
    await waitFor(() => statSync(log).size > 100, { what: 'the guest goes on talking' });
    // Cut to nothing, it does not begin with a hole.
    expect(readFileSync(log)[0]).not.toBe(0);
    const { content } = await consoleLog(vm, 4_000);
    expect(content).toHaveLength(4_000);
    expect(Buffer.from(content).toString()).toContain('the guest is talking');
    await host.remove(vm);
    expect((await consoleLog(vm, 10)).errorCode).toBe('not_found');
  });
});
