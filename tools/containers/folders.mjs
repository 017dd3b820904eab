import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { DATA } from '../provision/paths.mjs';

const ROOT = join(DATA, 'containers');
const own = createHash('sha256').update(ROOT).digest('hex').slice(0, 8);

/** Where this tool keeps everything; `short` is for sockets, whose paths hold 107 bytes. */
export const FOLDERS = {
  root: ROOT,
  secrets: join(ROOT, 'secrets'),
  imports: join(ROOT, 'import'),
  engine: join(ROOT, 'engine'),
  hostStorage: join(ROOT, 'host'),
  short: `/run/vman-containers-${own}`,
};
/** Of the compose project, and the tag of the images: no other engine content is touched. */
export const PROJECT = `vmancheck${own}`;
