import { type Command, Option } from 'commander';
import { listFilters } from '#libs/client';
import { type LiveNames, liveOption } from '../completion/live-names.js';

const SAYS: Readonly<Record<string, string>> = {
  state: 'only those in this state',
  vm: 'only those of this VM',
  host: 'only those on this host',
  pool: 'only those in this pool',
  name: 'only the one of this name',
  label: 'only those with this label: key or key=value',
  updatedSince: 'only those changed since: 2026-01-31T12:00:00Z',
  since: 'only those of then or later: 2026-01-31T12:00:00Z',
  until: 'only those before: 2026-01-31T12:00:00Z',
  sort: 'the order; a - before it turns it round',
};
const LIVE: readonly string[] = ['vm', 'host', 'pool', 'network', 'project'] satisfies LiveNames[];

/** An option for each filter that the API has for this list and the command does not have yet. */
export function addFilters(command: Command, path: string, omit: readonly string[] = []): Command {
  for (const { name, choices } of listFilters[path] ?? []) {
    if (omit.includes(name) || command.options.some((it) => it.attributeName() === name)) continue;
    const long = `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)} <${name}>`;
    const flags = name === 'label' ? `-l, ${long}` : long;
    const says = SAYS[name] ?? `only those of this ${name}`;
    const option = LIVE.includes(name) ? liveOption(flags, says, name as LiveNames) : new Option(flags, says);
    command.addOption(choices ? option.choices(choices) : option);
  }
  return command;
}
