import type { Argument, Command, Option } from 'commander';
import { type LiveNames, liveNamesOf } from './live-names.js';

/** What may stand where the cursor is: words that are known, and names that the API knows. */
export interface Candidates {
  words: readonly { word: string; description: string }[];
  live?: LiveNames;
}

const NOTHING: Candidates = { words: [] };

/** The candidates for the last of the words, which may be begun or empty. Pure. */
export function complete(program: Command, words: readonly string[]): Candidates {
  const last = words.at(-1) ?? '';
  const { command, arguments: given, pending } = walk(program, words.slice(0, -1));
  if (pending) return valuesOf(pending);
  const inline = /^(--[^=]+)=/.exec(last);
  if (inline) {
    const option = optionsOf(command).find((it) => it.long === inline[1]);
    const values = option ? valuesOf(option) : NOTHING;
    return { ...values, words: values.words.map((it) => ({ ...it, word: `${inline[1]}=${it.word}` })) };
  }
  if (last.startsWith('-')) {
    return {
      words: optionsOf(command).map((it) => ({
        word: it.long ?? it.short ?? '',
        description: it.description,
      })),
    };
  }
  const subcommands = command.commands.map((it) => ({ word: it.name(), description: it.description() }));
  if (subcommands.length > 0) return { words: subcommands };
  const place = placeOf(command, given);
  return place ? valuesOf(place) : NOTHING;
}

/** Follows the words down the tree; `pending` is an option that still lacks its value. */
function walk(program: Command, words: readonly string[]) {
  let command = program;
  let given = 0;
  let pending: Option | undefined;
  for (const word of words) {
    if (pending) {
      pending = undefined;
    } else if (word.startsWith('-')) {
      const option = optionsOf(command).find((it) => it.long === word || it.short === word);
      pending = option && (option.required || option.optional) ? option : undefined;
    } else {
      const sub = command.commands.find((it) => it.name() === word || it.aliases().includes(word));
      if (sub) command = sub;
      else given++;
    }
  }
  return { command, arguments: given, pending };
}

function optionsOf(command: Command): Option[] {
  const own = command.options.filter((option) => !option.hidden);
  return command.parent ? [...own, ...optionsOf(command.parent)] : own;
}

function placeOf(command: Command, given: number): Argument | undefined {
  const places = command.registeredArguments;
  const last = places.at(-1);
  return places[given] ?? (last?.variadic ? last : undefined);
}

function valuesOf(place: Argument | Option): Candidates {
  const choices = place.argChoices ?? [];
  return { words: choices.map((word) => ({ word, description: '' })), live: liveNamesOf(place) };
}
