import { dirname } from 'node:path';
import { UsageError } from '../errors.js';
import { KIND_NAMES, type KindName, kindOf } from './kinds/all-kinds.js';
import type { Fields } from './plan.js';

/** One thing as a file wants it. */
export interface Manifest {
  /** File and document, for messages. */
  source: string;
  /** What paths in it are seen from. */
  folder: string;
  kind: KindName;
  name: string;
  fields: Fields;
}

/** The things of a YAML or JSON text; several documents are parted by `---`, and those that are empty do not count. */
export async function parseManifests(text: string, file: string): Promise<Manifest[]> {
  const { parseAllDocuments } = await import('yaml');
  const documents = parseAllDocuments(text);
  const manifests = [...documents].flatMap((document, index) => {
    const source = documents.length > 1 ? `${file}, document ${index + 1}` : file;
    const [fault] = document.errors;
    if (fault) throw new UsageError(`${source} is not valid YAML: ${fault.message.split('\n')[0]}`);
    const value: unknown = document.toJS();
    return value === null ? [] : [{ ...checked(value, source), folder: dirname(file) }];
  });
  if (manifests.length === 0) throw new UsageError(`${file} holds nothing.`);
  return manifests;
}

function checked(value: unknown, source: string): Omit<Manifest, 'folder'> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new UsageError(`${source} must hold fields.`, 'At least `name`; see docs/CLI.md.');
  }
  const { kind: kindText, fields } = split(value as Fields);
  const kind = KIND_NAMES.find((it) => it === kindText);
  if (kind === undefined) {
    throw new UsageError(`${source}: kind ${kindText} is not known.`, `There are: ${KIND_NAMES.join(', ')}.`);
  }
  const { fields: known, required, name } = kindOf(kind);
  const unknown = Object.keys(fields).filter((field) => !known.includes(field));
  if (unknown.length > 0) {
    throw new UsageError(
      `${source}: not a field of a ${kind}: ${unknown.join(', ')}.`,
      `There are: kind, ${known.map((it) => (it === 'kind' ? 'networkKind' : it)).join(', ')}.`,
    );
  }
  const missing = required.filter((field) => fields[field] === undefined || fields[field] === null);
  if (missing.length > 0) throw new UsageError(`${source}: a ${kind} needs ${missing.join(', ')}.`);
  if ('name' in fields && typeof fields.name !== 'string')
    throw new UsageError(`${source}: name is no text.`);
  return { source, kind, name: name(fields), fields };
}

/**
 * A network has a `kind` of its own, in the API as well: there the kind of the document is `network`, and that of the
 * network stands in `networkKind`.
 */
function split({ kind = 'vm', networkKind, ...fields }: Fields): { kind: string; fields: Fields } {
  if (kind !== 'network')
    return { kind: String(kind), fields: networkKind === undefined ? fields : { ...fields, networkKind } };
  return { kind, fields: { ...fields, kind: networkKind ?? 'managed' } };
}
