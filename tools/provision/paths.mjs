import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The repository's root folder. */
export const ROOT = resolve(dirname(fileURLToPath(import.meta.url)), '..', '..');
/** Everything that provisioning and the demo keep; ignored by git. */
export const DATA = join(ROOT, '.data');
/** What was downloaded or built once; may be removed at any time. */
export const CACHE = join(DATA, 'cache');
/** The Node that runs the product: it comes from npm, so that the system's may be older. */
export const NODE = join(ROOT, 'node_modules', '.bin', 'node');
