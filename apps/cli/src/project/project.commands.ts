import type { Command } from 'commander';
import type { Project, ProjectQuery } from '#libs/client';
import { liveArgument } from '../completion/live-names.js';
import { addDelete } from '../resources/delete-command.js';
import { addGet, addList, PAGE_LIMIT } from '../resources/resource-commands.js';
import type { Session } from '../session.js';
import { parseDuration } from '../values/parse-duration.js';
import { addLabel, addLabelChange } from '../values/parse-label.js';
import { projectLook } from './project.look.js';

interface UpdateFlags {
  description?: string;
  label?: Record<string, string | null>;
  /** Commander takes null for no value, so the word stays until the body is made. */
  trashRetention?: number | 'default';
}

export function addCommands(noun: Command, session: Session): void {
  addList<Project, ProjectQuery>(noun, session, {
    description: 'list projects',
    look: projectLook,
    path: '/v1/projects',
    items: (client, query) => client.projects.all({ ...query, limit: PAGE_LIMIT }),
  });
  noun
    .command('create')
    .description('make a project')
    .argument('<name>', 'its name')
    .option('--description <text>', 'what for')
    .option('-l, --label <key=value>', 'a label; repeatable', addLabel)
    .action(async (name: string, flags: { description?: string; label?: Record<string, string> }) => {
      const { description, label: labels } = flags;
      const project = await (await session.client()).projects.create({ name, description, labels });
      await session.printOutcome(`${project.name}: created`, project.name, project);
    });
  addGet(noun, session, {
    description: 'show a project',
    look: projectLook,
    names: 'project',
    item: (client, name) => client.projects.get(name),
  });
  noun
    .command('update')
    .description('change a project')
    .addArgument(liveArgument('<project>', 'its name or id', 'project'))
    .option('--description <text>', 'what for')
    .option('-l, --label <change>', 'key=value sets, key- removes; repeatable', addLabelChange)
    .option('--trash-retention <time>', 'how long deleted VMs are kept: 7d, off, or default', parseRetention)
    .action(async (name: string, { description, label: labels, trashRetention }: UpdateFlags) => {
      const trashRetentionSeconds = trashRetention === 'default' ? null : trashRetention;
      const body = { description, labels, trashRetentionSeconds };
      const project = await (await session.client()).projects.change(name, body);
      await session.printOutcome(`${project.name}: changed`, project.name, project);
    });
  addDelete(noun, session, {
    description: 'delete projects that own nothing',
    names: 'project',
    remove: async (client, name) => {
      await client.projects.delete(name);
      await session.printOutcome(`${name}: deleted`, name, { project: name, deleted: true });
    },
  });
}

function parseRetention(text: string): number | 'default' {
  if (text === 'default') return text;
  return text === 'off' ? 0 : Math.ceil(parseDuration(text) / 1000);
}
