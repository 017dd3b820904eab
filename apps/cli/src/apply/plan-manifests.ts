import type { VmanClient } from '#libs/client';
import { kindOf } from './kinds/all-kinds.js';
import type { Manifest } from './manifest.js';
import type { Plan } from './plan.js';

/** A plan with what it was made from. */
export interface Planned {
  manifest: Manifest;
  plan: Plan;
  present?: object;
}

/** Compares each with what is there. */
export async function planManifests(client: VmanClient, manifests: readonly Manifest[]): Promise<Planned[]> {
  const planned: Planned[] = [];
  for (const manifest of manifests) {
    const kind = kindOf(manifest.kind);
    const fields = (await kind.prepare?.(manifest.fields, manifest.folder)) ?? manifest.fields;
    const present = await kind.find(client, fields);
    planned.push({ manifest, plan: kind.plan(fields, present), present });
  }
  return planned;
}
