import type { Manifest } from './manifest.js';
import type { Planned } from './plan-manifests.js';

/** What is still to be made by the same files and that this document names, or may name. Pure. */
export function needs({ manifest }: Planned, planned: readonly Planned[]): string[] {
  const words = new Set(texts(manifest.fields));
  return planned
    .filter((it) => it.plan.kind === 'create' && it.manifest !== manifest && words.has(it.manifest.name))
    .map(({ manifest: { kind, name } }) => `${kind} ${name}`);
}

/** Every text in it, but for its own name. */
function texts({ name: _, ...fields }: Manifest['fields']): string[] {
  const within = (value: unknown): string[] => {
    if (typeof value === 'string') return [value];
    return typeof value === 'object' && value !== null ? Object.values(value).flatMap(within) : [];
  };
  return within(fields);
}
