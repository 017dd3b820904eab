import { resolve } from 'node:path';
import type { ParseResult } from './parse-result.js';
import type { PoolDeclaration } from './setting.js';

const NAME = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/;
/** The storage folder is a pool that nobody declares. */
const OWN = 'local';

/** `fast=dir:/mnt/nvme,far=shared-dir:/mnt/nfs` to a list; an empty text is none. */
export function parsePools(text: string, cwd: string): ParseResult {
  const pools: PoolDeclaration[] = [];
  for (const part of text.split(',').filter((it) => it.trim() !== '')) {
    const match = /^([^=]+)=(dir|shared-dir):([^\0]+)$/.exec(part.trim());
    const [name = '', kind, folder = ''] = match?.slice(1) ?? [];
    if (!NAME.test(name) || name === OWN) {
      return bad(`has a part that names no pool`, `write name=dir:/path with a name other than ${OWN}`);
    }
    const pool = { name, kind: kind as PoolDeclaration['kind'], folder: resolve(cwd, folder) };
    if (pools.some((it) => it.name === pool.name || it.folder === pool.folder)) {
      return bad('names a pool or a folder twice', 'give each pool a name and a folder of its own');
    }
    pools.push(pool);
  }
  return { ok: true, value: pools };
}

const bad = (problem: string, instead: string): ParseResult => ({ ok: false, problem, instead });
