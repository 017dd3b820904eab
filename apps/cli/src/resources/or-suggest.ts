import { ApiError, type VmanClient } from '#libs/client';
import type { LiveNames } from '../completion/live-names.js';
import { nearNames } from './near-names.js';

/** Does it; when there is no such thing, the hint names those that are called alike. */
export async function orSuggest<T>(
  client: VmanClient,
  live: LiveNames,
  name: string,
  work: () => Promise<T>,
): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof ApiError && error.code === 'not_found') || live === 'context') throw error;
    // Loaded here alone: most names are right.
    const { namesThere } = await import('../completion/names-there.js');
    const near = nearNames(name, await namesThere(live, client).catch(() => []));
    if (near.length === 0) throw error;
    const { status, code, message: detail, requestId } = error;
    const hint = `Did you mean ${near.join(' or ')}?`;
    throw new ApiError(status, { code, detail, hint, requestId });
  }
}
