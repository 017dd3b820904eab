import type { Command } from 'commander';
import type { PatchPool, Pool, PoolQuery } from '#libs/client';
import { liveArgument } from '../completion/live-names.js';
import { UsageError } from '../errors.js';
import { addGet, addList, PAGE_LIMIT } from '../resources/resource-commands.js';
import type { Session } from '../session.js';
import { parseFactor } from '../values/parse-factor.js';
import { parseCount } from '../values/parse-number.js';
import { poolLook } from './pool.look.js';

export function addCommands(noun: Command, session: Session): void {
  addList<Pool, PoolQuery>(noun, session, {
    description: 'list the pools of the hosts',
    look: poolLook,
    path: '/v1/pools',
    items: (client, query) => client.pools.all({ ...query, limit: PAGE_LIMIT }),
  });
  addGet(noun, session, {
    description: 'show a pool',
    look: poolLook,
    names: 'pool',
    item: (client, name) => client.pools.get(name),
  });
  noun
    .command('update')
    .description('change how much a pool takes')
    .addArgument(liveArgument('<pool>', 'its name or id', 'pool'))
    .option('--overcommit <factor>', 'how much more than its capacity may be promised: 1.5', parseFactor)
    .option('--watermark <percent>', 'used to so much, it takes no new disks', parseCount)
    .action(async (name: string, flags: { overcommit?: number; watermark?: number }) => {
      const body: PatchPool = { overcommit: flags.overcommit, watermarkPercent: flags.watermark };
      if (Object.values(body).every((it) => it === undefined))
        throw new UsageError('Nothing is to be changed.');
      const pool = await (await session.client()).pools.update(name, body);
      await session.printOutcome(`${pool.name}: changed`, pool.name, pool);
    });
}
