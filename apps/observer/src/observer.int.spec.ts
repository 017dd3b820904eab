import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { Bus, StreamAdmin } from '#libs/bus';
import { systemClock } from '#libs/clock';
import { loadConfig } from '#libs/config';
import {
  type Beacon,
  beaconCodec,
  COMMANDS_STREAM,
  type Command,
  commandCodec,
  DESIRED_STREAM,
  type DesiredVm,
  type DriftEvent,
  desiredVmCodec,
  driftEventCodec,
  EVENTS_STREAM,
  heartbeatCodec,
  type RepairEvent,
  repairEventCodec,
  subjects,
  type VmReport,
  vmEventCodec,
} from '#libs/contracts';
import { createLogger } from '#libs/logging';
import {
  desiredVm,
  expectNoLeftovers,
  heartbeat,
  type NatsServer,
  silentLogger,
  startNats,
  vmReport,
  waitFor,
} from '#libs/testing';
import { startObserver } from './start-observer.js';

const leftovers = expectNoLeftovers('observer');
const hostId = randomUUID();

describe('the observer', () => {
  let nats: NatsServer;
  let bus: Bus;
  let admin: StreamAdmin;
  const stops: (() => Promise<void>)[] = [];
  const commands: Command[] = [];
  const repairs: RepairEvent[] = [];
  const beacons: Beacon[] = [];
  const drifts: DriftEvent[] = [];
  let beating: NodeJS.Timeout;

  async function observe(): Promise<NestFastifyApplication> {
    const config = loadConfig('observer', {
      argv: ['--observer-port=0', '--observer-interval=200ms', `--nats-url=${nats.url}`],
      env: {},
    });
    const own = Bus.open({ url: nats.url, name: 'observer', logger: silentLogger });
    const logger = createLogger({ service: 'observer', level: 'silent' });
    const app = await startObserver({ bus: own, clock: systemClock, config, logger });
    stops.push(async () => {
      await app.close();
      await own.close();
    });
    await untilReady(app);
    return app;
  }

  async function untilReady(app: NestFastifyApplication): Promise<void> {
    const url = await app.getUrl();
    await waitFor(async () => (await fetch(`${url}/ready`)).ok, { what: 'the observer is ready' });
  }

  async function desire(change: Partial<DesiredVm> = {}): Promise<DesiredVm> {
    const vm = desiredVm({ vmId: randomUUID(), hostId, generation: 1, startGeneration: 1, ...change });
    await bus.publishDurable(subjects.desired(hostId, vm.vmId), desiredVmCodec, vm);
    return vm;
  }

  let sequence = 0;
  const crash = (vm: DesiredVm, change: Partial<VmReport> = {}): VmReport =>
    vmReport({
      vmId: vm.vmId,
      rev: { startCount: 1, sequence: ++sequence },
      acceptedGeneration: vm.generation,
      observedGeneration: vm.generation,
      state: 'crashed',
      lastExit: {
        exitSeq: 1,
        reason: 'killed',
        atMs: Date.now(),
        startGeneration: vm.startGeneration,
        status: '',
      },
      nextRestartAtMs: 0,
      repairedExitSeq: 0,
      ...change,
    });

  async function tell(report: VmReport): Promise<void> {
    await bus.publishDurable(subjects.event(hostId, 'vm'), vmEventCodec, {
      hostId,
      report,
      atMs: Date.now(),
      steps: [],
    });
  }

  const beat = (vms: VmReport[] = []) =>
    bus.publish(
      subjects.heartbeat(hostId),
      heartbeatCodec,
      heartbeat({ hostId, complete: false, sentAtMs: Date.now(), vms }),
    );
  const driftsOf = (vm: DesiredVm) => drifts.filter((it) => it.vmId === vm.vmId);

  const sentFor = (vm: DesiredVm) => commands.filter((it) => it.vmId === vm.vmId);
  const untilSent = (vm: DesiredVm) => waitFor(() => sentFor(vm)[0], { what: 'the repair was sent' });

  beforeAll(async () => {
    nats = await startNats({ dataDir: `${leftovers.folder}/nats` });
    bus = await Bus.connect({ url: nats.url, name: 'test', logger: silentLogger });
    admin = new StreamAdmin(bus);
    await admin.ensureStreams();
    bus.subscribe(subjects.command(hostId, 'repair'), commandCodec, (it) => void commands.push(it));
    bus.subscribe(subjects.event(hostId, 'repair'), repairEventCodec, (it) => void repairs.push(it));
    bus.subscribe(subjects.beacon, beaconCodec, (it) => void beacons.push(it));
    bus.subscribe(subjects.event(hostId, 'drift'), driftEventCodec, (it) => void drifts.push(it));
    beating = setInterval(() => beat(), 500);
    await observe();
    await waitFor(() => beacons.length > 0, { what: 'it leads, as nobody else does' });
  }, 60_000);

  afterAll(async () => {
    clearInterval(beating);
    for (const stop of stops) await stop();
    await bus.close();
    await nats.stop();
    await leftovers.check({ allowed: ['nats/'] });
  }, 60_000);

  it('sends the repair of a crash that an event tells, and the record of it', async () => {
    const vm = await desire();
    await tell(crash(vm));
    const command = await untilSent(vm);
    expect(command).toMatchObject({
      hostId,
      minGeneration: 1,
      cause: { origin: 'observer', operationId: command.operationId },
      action: { $case: 'repair', value: { rule: 'crashed', generation: 1, exitSeq: 1 } },
    });
    const record = await waitFor(() => repairs.find((it) => it.vmId === vm.vmId), {
      what: 'the record is there',
    });
    expect(record).toMatchObject({
      repairId: command.operationId,
      expected: 'running',
      seen: 'crashed (killed)',
      reason: 'policy on-failure answers killed',
    });
    expect(record.detectedAtMs).toBeGreaterThan(0);
    expect((await admin.streamState(COMMANDS_STREAM))?.lastSequence).toBeGreaterThan(0);
    expect((await admin.streamState(EVENTS_STREAM))?.lastSequence).toBeGreaterThan(0);
  });

  it('finds a crash whose event was lost in the next heartbeat', async () => {
    const vm = await desire();
    beat([crash(vm)]);
    await untilSent(vm);
  });

  it('finds a crash that was seen before the desired state was', async () => {
    const vm = desiredVm({ vmId: randomUUID(), hostId, generation: 1, startGeneration: 1 });
    await tell(crash(vm));
    await bus.publishDurable(subjects.desired(hostId, vm.vmId), desiredVmCodec, vm);
    await untilSent(vm);
  });

  it('waits for the time of the next try', async () => {
    const vm = await desire();
    const at = Date.now() + 400;
    await tell(crash(vm, { nextRestartAtMs: at }));
    await untilSent(vm);
    expect(Date.now()).toBeGreaterThanOrEqual(at);
  });

  it('leaves alone what is stopped on purpose and what powered itself off', async () => {
    const stopped = await desire({ power: 'stopped' });
    const off = await desire();
    await tell(crash(stopped));
    const exit = { exitSeq: 1, reason: 'guest-shutdown' as const, atMs: 0, startGeneration: 1, status: '' };
    await tell(crash(off, { state: 'stopped', lastExit: exit }));
    const witness = await desire();
    await tell(crash(witness));
    await untilSent(witness);
    expect([...sentFor(stopped), ...sentFor(off)]).toEqual([]);
  });

  it('tells a crash from its finding to its repair', async () => {
    const vm = await desire();
    await tell(crash(vm));
    const { operationId } = await untilSent(vm);
    const repairing = await waitFor(() => driftsOf(vm).find((it) => it.state === 'repairing'), {
      what: 'the drift is being repaired',
    });
    expect(repairing).toMatchObject({
      rule: 'crashed',
      decision: 'repair',
      repairId: operationId,
      subject: 'exit-1',
      attempts: 1,
      project: vm.project,
    });
    await tell(crash(vm, { state: 'running', pid: 5, repairedExitSeq: 1 }));
    await waitFor(() => driftsOf(vm).some((it) => it.state === 'repaired'), { what: 'it is repaired' });
    expect(new Set(driftsOf(vm).map((it) => it.driftId)).size).toBe(1);
  });

  it('lets one lead and the other stand by, and the other take over when the one is gone', async () => {
    const second = await observe();
    const [first] = beacons;
    beacons.length = 0;
    const vm = await desire();
    await tell(crash(vm));
    await untilSent(vm);
    await waitFor(() => beacons.length >= 3, { what: 'beacons are heard' });
    expect(new Set(beacons.map((it) => it.observerId))).toEqual(new Set([first?.observerId]));
    expect(sentFor(vm)).toHaveLength(1);
    await stops.shift()?.();
    beacons.length = 0;
    await waitFor(() => beacons.some((it) => it.observerId !== first?.observerId), {
      what: 'the other leads',
    });
    const next = await desire();
    await tell(crash(next));
    await untilSent(next);
    expect(second).toBeDefined();
  });

  it('is silent until it has read the desired state anew after the bus lost everything', async () => {
    await nats.wipe();
    await waitFor(() => bus.connected, { what: 'the bus is back' });
    beacons.length = 0;
    await admin.ensureStreams();
    const vm = await desire();
    await waitFor(() => beacons.length > 0, { what: 'the beacon is heard again' });
    expect((await admin.streamState(DESIRED_STREAM))?.lastSequence).toBe(1);
    await tell(crash(vm));
    await untilSent(vm);
  }, 40_000);

  it('serves its health and its figures', async () => {
    const app = await observe();
    const url = await app.getUrl();
    const health = await (await fetch(`${url}/health`)).json();
    expect(health).toMatchObject({ status: 'ok', details: { bus: { status: 'up' } } });
    expect(await (await fetch(`${url}/metrics`)).text()).toContain('vman_repairs_sent_total');
  });
});
