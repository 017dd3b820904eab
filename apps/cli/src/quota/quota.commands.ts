import { type Command, InvalidArgumentError } from 'commander';
import type { PatchQuota, Quota, QuotaQuery } from '#libs/client';
import { liveArgument } from '../completion/live-names.js';
import { UsageError } from '../errors.js';
import { quotaLook } from '../project/project.look.js';
import { addGet, addList, PAGE_LIMIT } from '../resources/resource-commands.js';
import type { Session } from '../session.js';
import { parseCount } from '../values/parse-number.js';
import { parseGibibytes, parseMebibytes } from '../values/parse-size.js';

/** Commander takes null for no value, so the word stays until the body is made. */
type Limit = number | 'unlimited';
type Flags = Partial<Record<'vms' | 'vcpus' | 'memory' | 'disk' | 'addresses' | 'snapshots', Limit>>;

export function addCommands(noun: Command, session: Session): void {
  addList<Quota, QuotaQuery>(noun, session, {
    description: 'list what each project uses and may use',
    look: quotaLook,
    path: '/v1/quotas',
    items: (client, query) => client.projects.allQuotas({ ...query, limit: PAGE_LIMIT }),
  });
  addGet(noun, session, {
    description: 'show what a project uses and may use',
    look: quotaLook,
    names: 'project',
    item: (client, name) => client.projects.quota(name),
  });
  noun
    .command('update')
    .description('change what a project may use; unlimited takes a limit away')
    .addArgument(liveArgument('<project>', 'its name or id', 'project'))
    .option('--vms <count>', 'VMs', orUnlimited(parseCount))
    .option('--vcpus <count>', 'virtual CPUs', orUnlimited(parseCount))
    .option(
      '--memory <size>',
      'memory: 64GiB',
      orUnlimited((text) => parseMebibytes(text)),
    )
    .option('--disk <size>', 'disks: 500GiB', orUnlimited(parseGibibytes))
    .option('--addresses <count>', 'addresses', orUnlimited(parseCount))
    .option('--snapshots <count>', 'snapshots', orUnlimited(parseCount))
    .action(async (name: string, { vms, vcpus, memory, disk, addresses, snapshots }: Flags) => {
      const limits = { vms, vcpus, memoryMiB: memory, diskGiB: disk, addresses, snapshots };
      const body: PatchQuota = Object.fromEntries(
        Object.entries(limits).map(([key, limit]) => [key, limit === 'unlimited' ? null : limit]),
      );
      if (Object.values(body).every((it) => it === undefined))
        throw new UsageError('Nothing is to be changed.');
      const quota = await (await session.client()).projects.changeQuota(name, body);
      await session.printOutcome(`${quota.project}: changed`, quota.project, quota);
    });
}

const orUnlimited =
  (parse: (text: string) => number) =>
  (text: string): Limit => {
    if (text === 'unlimited') return text;
    try {
      return parse(text);
    } catch (error) {
      if (!(error instanceof InvalidArgumentError)) throw error;
      throw new InvalidArgumentError(`${error.message} Or: unlimited.`);
    }
  };
