import { openAsBlob } from 'node:fs';
import { stat } from 'node:fs/promises';
import { ApiError, type Operation, type TemplateChange, type VmanClient } from '#libs/client';
import { UsageError } from '../errors.js';
import type { WaitFlags } from '../progress/follow-change.js';
import { followOperation } from '../progress/follow-operation.js';
import type { Session } from '../session.js';

/** Read as it is sent; a missing file is noticed before anything is made. */
export async function openImage(path: string): Promise<Blob> {
  try {
    if (!(await stat(path)).isFile()) throw new UsageError(`${path} is not a file.`);
    return await openAsBlob(path);
  } catch (error) {
    if (error instanceof UsageError) throw error;
    throw new UsageError(`${path} cannot be read: ${(error as Error).message}`);
  }
}

/** Uploads the image of a template that was begun, if it has one here; how its import ended, where that is waited for. */
export async function sendImage(
  session: Session,
  client: VmanClient,
  { template, operation }: TemplateChange,
  { image, flags }: { image: Blob | undefined; flags: WaitFlags },
): Promise<Operation | undefined> {
  const { terminal } = session;
  const sent = image && client.templates.upload(template.id, image, terminal.interrupt);
  if (!flags.wait) {
    await sent;
    return undefined;
  }
  const [ended] = await Promise.all([
    followOperation(terminal, client, operation, { timeoutMs: flags.timeout }),
    // Why an image is refused, the operation tells as well.
    sent?.catch((error) => {
      if (!(error instanceof ApiError)) throw error;
    }),
  ]);
  return ended;
}
