import type { Attack } from '../attack.js';
import { authorisation } from './authorisation.attack.js';
import { bus } from './bus.attack.js';
import { consoles } from './consoles.attack.js';
import { floods } from './floods.attack.js';
import { images } from './images.attack.js';
import { largeBodies } from './large-bodies.attack.js';
import { massAssignment } from './mass-assignment.attack.js';
import { middleware } from './middleware.attack.js';
import { pathTraversal } from './path-traversal.attack.js';
import { processes } from './processes.attack.js';
import { qemuArguments } from './qemu-arguments.attack.js';
import { secrets } from './secrets.attack.js';
import { sourceUrls } from './source-urls.attack.js';
import { web } from './web.attack.js';

/** In the order in which they are tried; the search for secrets comes when all others have left their traces. */
export const ATTACKS: readonly Attack[] = [
  authorisation,
  middleware,
  massAssignment,
  largeBodies,
  floods,
  web,
  consoles,
  pathTraversal,
  images,
  sourceUrls,
  qemuArguments,
  processes,
  bus,
  secrets,
];
