import { type Command, Option } from 'commander';
import { type AuditQuery, type AuditRow, auditOutcomes, eventResourceKinds } from '#libs/client';
import { auditLook } from '../project/project.look.js';
import { firstOf } from '../resources/first-of.js';
import { addList, PAGE_LIMIT } from '../resources/resource-commands.js';
import type { Session } from '../session.js';
import { parseDuration } from '../values/parse-duration.js';
import { parseCount } from '../values/parse-number.js';

interface ListFlags {
  actor?: string;
  verb?: string;
  kind?: AuditQuery['resourceKind'];
  resource?: string;
  project?: string;
  outcome?: AuditQuery['outcome'];
  last?: number;
  limit: number;
}

const SHOWN = 50;

export function addCommands(noun: Command, session: Session): void {
  addList<AuditRow, ListFlags>(noun, session, {
    description: 'list who did what, newest first',
    look: auditLook,
    add: (command) =>
      command
        .option('--actor <name>', 'only what this token did')
        .option('--verb <verb>', 'only this: vm.start')
        .addOption(new Option('--kind <kind>', 'only about such a thing').choices(eventResourceKinds))
        .option('--resource <id>', 'only about this one')
        .option('--project <project>', 'only in this project')
        .addOption(new Option('--outcome <outcome>', 'only what ended so').choices(auditOutcomes))
        .option('--last <time>', 'only in this time: 2h', parseDuration)
        .option('--limit <count>', 'at most so many', parseCount, SHOWN),
    items: (client, { actor, verb, kind: resourceKind, resource, project, outcome, last, limit }) => {
      const since = last === undefined ? undefined : new Date(session.terminal.nowMs() - last).toISOString();
      const query = { actor, verb, resourceKind, resource, project, outcome, since };
      return firstOf(limit, client.projects.audit({ ...query, limit: Math.min(limit || 1, PAGE_LIMIT) }));
    },
  });
}
