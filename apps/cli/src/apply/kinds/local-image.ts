import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { resolve } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { UsageError } from '../../errors.js';
import type { Fields } from '../plan.js';

interface LocalSource {
  type: 'upload';
  /** Here, seen from the folder of the file that names it. */
  path: string;
}

/** The image that a document of a template names on this machine. */
export const localImage = ({ source }: Fields): string | undefined => {
  const { type, path } = (source ?? {}) as Partial<LocalSource>;
  return type === 'upload' && typeof path === 'string' ? path : undefined;
};

/** The fields with what the image is known by, so that one that is there already is not sent again. */
export async function withDigest(fields: Fields, folder: string): Promise<Fields> {
  const named = localImage(fields);
  if (named === undefined) return fields;
  const path = resolve(folder, named);
  const sha256 = await digestOf(path);
  if (fields.sha256 !== undefined && fields.sha256 !== sha256) {
    throw new UsageError(`${path} has the SHA-256 ${sha256}, not the one that is wanted.`);
  }
  return { ...fields, sha256, source: { type: 'upload', path } satisfies LocalSource };
}

async function digestOf(path: string): Promise<string> {
  const hash = createHash('sha256');
  try {
    await pipeline(createReadStream(path), hash);
  } catch (error) {
    throw new UsageError(`${path} cannot be read: ${(error as Error).message}`);
  }
  return hash.digest('hex');
}
