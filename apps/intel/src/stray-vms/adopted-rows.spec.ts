import { describe, expect, it } from '@jest/globals';
import type { DesiredVm } from '#libs/contracts';
import { desiredVm } from '#libs/testing';
import { seedTexts } from '../cloud-init/index.js';
import { NetworkEntity, PortForwardEntity, TemplateEntity, VmEntity } from '../db-operator/index.js';
import { desiredVmOf } from '../vms/index.js';
import { adoptedNetwork, adoptedRows } from './adopted-rows.js';

const as = { name: 'web', project: 'shop' };
const network = {
  networkId: 'n1',
  name: 'lan',
  bridge: 'vmb1',
  vlan: 7,
  cidrV4: '10.1.0.0/24',
  gatewayV4: '10.1.0.1',
  cidrV6: '',
  gatewayV6: '',
  dns: ['1.1.1.1'],
  mtu: 1400,
  domain: 'lan.test',
  dhcp: true,
  nat: true,
  antiSpoofing: true,
  addresses: [{ address: '10.1.0.9', prefix: 24, source: 'dhcp' }],
};
const image = {
  templateId: 't1',
  digest: 'd'.repeat(64),
  format: 'qcow2',
  fileBytes: 1,
  virtualBytes: 2,
} as const;
const forward = {
  forwardId: 'f1',
  protocol: 'tcp',
  hostAddress: '127.0.0.1',
  hostPort: 30_001,
  guestPort: 80,
} as const;
const nics: DesiredVm['nics'] = [
  { nicId: 'a', mac: '52:00:00:00:00:01', kind: 'user', forwards: [forward] },
  { nicId: 'b', mac: '52:00:00:00:00:02', kind: 'managed', forwards: [], network },
];
const whole = desiredVm({
  ...as,
  generation: 7,
  startGeneration: 3,
  power: 'paused',
  bootPriority: 5,
  unplugTimeoutMs: 9_000,
  failover: { poolId: 'p1' },
  machine: {
    vcpus: 2,
    memoryMib: 256,
    type: 'q35',
    firmware: 'bios',
    cpuModel: 'host',
    maxVcpus: 4,
    maxMemoryMib: 512,
    balloonMib: 128,
    vnc: true,
    watchdog: 'reset',
  },
  disks: [
    {
      diskId: 'x',
      bootOrder: 1,
      sizeBytes: 10,
      readOnly: false,
      presence: 'attached',
      poolId: 'p1',
      existing: true,
      cache: 'none',
      discard: 'unmap',
      ioLimits: { readIops: 1, writeIops: 0, readBytesPerSecond: 0, writeBytesPerSecond: 0 },
      image,
    },
    { diskId: 'y', bootOrder: 0, sizeBytes: 20, readOnly: true, presence: 'detached' },
  ],
  nics,
  cloudInit: seedTexts({ instanceId: 'i-1', hostName: 'web', sshKeys: ['ssh-ed25519 AAAA'] }, 'web', nics),
});

/** What its host is told once it was adopted, by the rows that would be in the database. */
function toldAgain(desired: DesiredVm): DesiredVm {
  const { vm, disks, nics: rows, forwards } = adoptedRows(desired, as);
  const networks = desired.nics.flatMap((nic) =>
    nic.network ? [Object.assign(new NetworkEntity(), adoptedNetwork(nic.network, nic.kind))] : [],
  );
  const addresses = desired.nics.flatMap(({ nicId, network: its }) =>
    (its?.addresses ?? []).map((it) => ({ ...it, nicId, family: 4 })),
  );
  const cause = { causeOperationId: 'o', causeRequestId: 'r', causeOrigin: 'user' } as const;
  return desiredVmOf(Object.assign(new VmEntity(), { restore: null, ...vm, ...cause }), {
    disks,
    leavingDisks: [],
    nics: rows,
    leavingNics: [],
    forwards: forwards.map((it) => Object.assign(new PortForwardEntity(), it, { releasingGeneration: null })),
    addresses: addresses as never,
    networks: new Map(networks.map((it) => [it.id, it])),
    foreign: [],
    shownElsewhere: [],
    templates: new Map([
      [image.templateId, Object.assign(new TemplateEntity(), image, { id: image.templateId })],
    ]),
  });
}

describe('a VM that only its host knows', () => {
  it('is told its host as it was, one generation on', () => {
    const told = toldAgain(whole);
    const { cause: _, ...same } = whole;
    const made = whole.disks.map((disk) => ({ ...disk, existing: true }));
    expect(told).toMatchObject({ ...same, generation: 8, startGeneration: 3, disks: made });
  });

  it('gets no seed when it had none, and keeps a network configuration of its own', () => {
    const { cloudInit: _, ...without } = whole;
    expect(toldAgain(without).cloudInit).toBeUndefined();
    const own = { ...whole, cloudInit: { ...whole.cloudInit, networkConfig: 'version: 2\n' } } as DesiredVm;
    expect(toldAgain(own).cloudInit).toEqual(own.cloudInit);
  });
});
