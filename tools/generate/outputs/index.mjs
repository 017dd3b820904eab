import { alertRules } from './alert-rules.mjs';
import { cli } from './cli.mjs';
import { configuration } from './configuration.mjs';
import { dashboards } from './dashboards.mjs';
import { envExample } from './env-example.mjs';
import { errors } from './errors.mjs';
import { interrupted } from './interrupted.mjs';
import { openapi } from './openapi.mjs';
import { protobuf } from './protobuf.mjs';
import { vmStates } from './vm-states.mjs';

/**
 * What is generated. An output is `{ files(): Map of path to text, or a promise of it; folder? }`; a `folder` holds
 * nothing else, so a file in it that is no longer generated is removed. To generate something new, add it here.
 */
export const outputs = [
  protobuf,
  envExample,
  configuration,
  errors,
  vmStates,
  interrupted,
  openapi,
  cli,
  ...dashboards,
  alertRules,
];
