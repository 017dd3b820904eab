import { Argument, Option } from 'commander';

/** What kind of name stands in a place of the command line; the shell asks the API for it. */
export type LiveNames =
  | 'vm'
  | 'trash'
  | 'disk'
  | 'snapshot'
  | 'backup'
  | 'template'
  | 'network'
  | 'address'
  | 'port-forward'
  | 'operation'
  | 'host'
  | 'pool'
  | 'drift'
  | 'repair'
  | 'pause'
  | 'project'
  | 'token'
  | 'context';

const places = new WeakMap<Argument | Option, LiveNames>();

export function liveArgument(flags: string, description: string, names: LiveNames): Argument {
  const argument = new Argument(flags, description);
  places.set(argument, names);
  return argument;
}

export function liveOption(flags: string, description: string, names: LiveNames): Option {
  const option = new Option(flags, description);
  places.set(option, names);
  return option;
}

export function liveNamesOf(place: Argument | Option): LiveNames | undefined {
  return places.get(place);
}
