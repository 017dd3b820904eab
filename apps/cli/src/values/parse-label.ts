import { InvalidArgumentError } from 'commander';

type Labels = Record<string, string | null>;

/** Adds `key=value` to what was given before; `key-` removes where that is allowed. */
export function addLabel(text: string, before: Labels = {}): Labels {
  const [, key, value] = /^([^=]+)=(.*)$/s.exec(text) ?? [];
  if (key !== undefined) return { ...before, [key]: value ?? '' };
  throw new InvalidArgumentError('It must be key=value.');
}

export function addLabelChange(text: string, before: Labels = {}): Labels {
  if (/^[^=]+-$/.test(text)) return { ...before, [text.slice(0, -1)]: null };
  return addLabel(text, before);
}
