import { VmanError } from '#libs/errors';
import type { AuthenticatedRequest } from './caller.js';

/** Changes of a VM queue behind those that are open; who would rather be told says `onConflict=reject`. */
export const ON_CONFLICT = ['queue', 'reject'] as const;

/** Where it may be said. */
export const takesOnConflict = (method: string, route: string): boolean =>
  method !== 'GET' && /^\/v1\/vms\/(:id|\{id\})(?!\/(guest|console))/.test(route);

/** Whether this caller wants no change of a VM that another one is open for. Takes it from the query. */
export function rejectsBusy(request: AuthenticatedRequest): boolean {
  if (!takesOnConflict(request.method, request.routeOptions.url ?? '')) return false;
  const query = request.query as Record<string, unknown>;
  const { onConflict } = query;
  if (onConflict === undefined) return false;
  delete query.onConflict;
  if (ON_CONFLICT.some((word) => word === onConflict)) return onConflict === 'reject';
  throw new VmanError('invalid_input', 'Not valid: onConflict.', {
    fields: [{ field: 'onConflict', code: 'isIn', message: `must be one of: ${ON_CONFLICT.join(', ')}` }],
  });
}
