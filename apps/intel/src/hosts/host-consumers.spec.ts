import { expect, it } from '@jest/globals';
import type { StreamAdmin } from '#libs/bus';
import { HostConsumers } from './host-consumers.js';

it('asks again for the consumers of a host that the bus lost while it was asked for them', async () => {
  const asked: string[] = [];
  const answers: (() => void)[] = [];
  const admin: Pick<StreamAdmin, 'ensureHostConsumers'> = {
    ensureHostConsumers: (hostId) => {
      asked.push(hostId);
      return new Promise((resolve) => answers.push(resolve));
    },
  };
  const consumers = new HostConsumers(admin as StreamAdmin);
  const before = consumers.ensure('h');
  consumers.forget();
  answers.shift()?.();
  await before;
  const after = consumers.ensure('h');
  answers.shift()?.();
  await after;
  await consumers.ensure('h');
  expect(asked).toEqual(['h', 'h']);
});
