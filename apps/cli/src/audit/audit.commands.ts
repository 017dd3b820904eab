import { type Command, Option } from 'commander';
import {
  type AuditQuery,
  type AuditRow,
  auditOutcomes,
  eventResourceKinds,
  type VmanClient,
} from '#libs/client';
import { auditLook } from '../project/project.look.js';
import { firstOf } from '../resources/first-of.js';
import { addList, PAGE_LIMIT } from '../resources/resource-commands.js';
import type { Session } from '../session.js';
import { parseDuration } from '../values/parse-duration.js';
import { parseCount } from '../values/parse-number.js';

interface Filters extends Pick<AuditQuery, 'since' | 'until' | 'sort' | 'actorId'> {
  actor?: string;
  verb?: string;
  kind?: AuditQuery['resourceKind'];
  resource?: string;
  project?: string;
  outcome?: AuditQuery['outcome'];
  last?: number;
}
type ListFlags = Filters & { limit: number };

const SHOWN = 50;

export function addCommands(noun: Command, session: Session): void {
  const rows = (client: VmanClient, filters: Filters, limit: number) =>
    client.projects.audit({ ...queryOf(filters, session.terminal.nowMs()), limit });
  addList<AuditRow, ListFlags>(noun, session, {
    description: 'list who did what, newest first',
    look: auditLook,
    path: '/v1/audit',
    omit: ['resourceKind'],
    add: (command) => addFilters(command).option('--limit <count>', 'at most so many', parseCount, SHOWN),
    items: (client, { limit, ...filters }) =>
      firstOf(limit, rows(client, filters, Math.min(limit || 1, PAGE_LIMIT))),
  });
  addFilters(noun.command('export'))
    .description('print all of it, newest first, one JSON object a line')
    .action(async (filters: Filters) => {
      const client = await session.client();
      for await (const row of rows(client, filters, PAGE_LIMIT)) session.say(JSON.stringify(row));
    });
}

const addFilters = (command: Command) =>
  command
    .option('--actor <name>', 'only what this token did')
    .option('--verb <verb>', 'only this: vm.start')
    .addOption(new Option('--kind <kind>', 'only about such a thing').choices(eventResourceKinds))
    .option('--resource <id>', 'only about this one')
    .option('--project <project>', 'only in this project')
    .addOption(new Option('--outcome <outcome>', 'only what ended so').choices(auditOutcomes))
    .option('--last <time>', 'only in this time: 2h', parseDuration);

function queryOf({ kind: resourceKind, last, ...same }: Filters, nowMs: number): AuditQuery {
  const since = last === undefined ? same.since : new Date(nowMs - last).toISOString();
  return { ...same, resourceKind, since };
}
