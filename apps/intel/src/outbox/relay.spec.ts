import { expect, it } from '@jest/globals';
import type { Bus } from '#libs/bus';
import { Liveness } from '#libs/health';
import { VirtualClock, waitFor } from '#libs/testing';
import type { Database } from '../db-operator/index.js';
import type { BusRecovery } from './bus-recovery.js';
import type { OutboxPublisher } from './publisher.js';
import { Relay } from './relay.js';

it('looks at the bus again when that was lost once more while it looked', async () => {
  const clock = new VirtualClock();
  let reconnected = () => {};
  const looks: ((done: boolean) => void)[] = [];
  const bus = {
    onReconnect: (listener: () => void) => {
      reconnected = listener;
      return { stop: () => {} };
    },
  } as unknown as Bus;
  const database = {
    onChange: () => ({ stop: () => {} }),
    hold: async () => undefined,
  } as unknown as Database;
  const recovery = { check: () => new Promise((resolve) => looks.push(resolve)) } as unknown as BusRecovery;
  const relay = new Relay(database, bus, clock, {} as OutboxPublisher, recovery, new Liveness());
  relay.start();
  expect(looks).toHaveLength(1);
  reconnected();
  looks[0]?.(true);
  await waitFor(() => looks.length === 2, { what: 'it looks again' });
  looks[1]?.(true);
  await relay.stop();
  expect(looks).toHaveLength(2);
});
