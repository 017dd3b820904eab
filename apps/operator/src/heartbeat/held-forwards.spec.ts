import { expect, it } from '@jest/globals';
import type { PortForward } from '#libs/contracts';
import type { ActualProcess } from '#libs/domain';
import { desiredVm } from '#libs/testing';
import { heldForwards } from './held-forwards.js';

const forward = (forwardId: string, hostPort: number): PortForward => ({
  forwardId,
  protocol: 'tcp',
  hostAddress: '127.0.0.1',
  hostPort,
  guestPort: 22,
});

it('names held forwards as the desired state does, and what nobody wants by its ports', () => {
  const nic = { nicId: 'n', mac: '52:54:00:00:00:01' };
  const desired = desiredVm({
    nics: [
      { ...nic, kind: 'user', forwards: [forward('wanted', 1), forward('lacking', 2)] },
      { ...nic, kind: 'managed', forwards: [forward('of-the-host', 3)] },
    ],
  });
  const held = [forward('', 1), forward('', 9)].map((it) => ({ nicId: 'n', forward: it }));
  expect(heldForwards(desired, { forwards: held } as ActualProcess)).toEqual([
    'wanted',
    'of-the-host',
    'tcp 127.0.0.1:9 -> :22',
  ]);
});
