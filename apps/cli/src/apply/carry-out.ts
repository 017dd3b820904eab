import { ApiError, type VmanClient } from '#libs/client';
import type { WaitFlags } from '../progress/follow-change.js';
import type { Session } from '../session.js';
import { kindOf } from './kinds/all-kinds.js';
import type { Manifest } from './manifest.js';
import type { Planned } from './plan-manifests.js';

/** Does what was shown, and only on the thing that was shown: one that changed meanwhile is refused by its ETag. */
export async function carryOut(
  session: Session,
  client: VmanClient,
  { manifest, plan, present }: Planned,
  flags: WaitFlags,
): Promise<void> {
  const kind = kindOf(manifest.kind);
  const { name } = manifest;
  const at = { session, flags, name, title: `${manifest.kind} ${name}` };
  switch (plan.kind) {
    case 'same':
    case 'impossible':
      return;
    case 'create':
      return kind.create({ ...at, client }, plan.body);
    case 'change':
      return asShown(manifest, () =>
        kind.change({ ...at, client: present ? client.when(present) : client }, present ?? {}, plan.patch),
      );
  }
}

/** What somebody else changed since it was read is said in the words of who reads it. */
async function asShown(manifest: Manifest, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (!(error instanceof ApiError && error.code === 'precondition_failed')) throw error;
    const { kind, name, source } = manifest;
    throw new ApiError(error.status, {
      code: error.code,
      detail: `Somebody changed the ${kind} ${name} after the difference was shown; it was left as it is.`,
      hint: `See what is different now: vman diff -f ${source.split(',')[0]}`,
      requestId: error.requestId,
    });
  }
}
