import { addressKind } from './address.kind.js';
import { diskKind } from './disk.kind.js';
import { hostKind } from './host.kind.js';
import type { Kind } from './kind.js';
import { networkKind } from './network.kind.js';
import { poolKind } from './pool.kind.js';
import { portForwardKind } from './port-forward.kind.js';
import { projectKind } from './project.kind.js';
import { quotaKind } from './quota.kind.js';
import { templateKind } from './template.kind.js';
import { vmKind } from './vm.kind.js';

/** In the order in which they need each other: what comes later may use what comes before. */
const KINDS = {
  project: projectKind,
  quota: quotaKind,
  host: hostKind,
  pool: poolKind,
  network: networkKind,
  address: addressKind,
  template: templateKind,
  disk: diskKind,
  vm: vmKind,
  'port-forward': portForwardKind,
} as const;

export type KindName = keyof typeof KINDS;
export const KIND_NAMES = Object.keys(KINDS) as KindName[];

/** What is found by a kind is only ever given back to the same kind. */
export const kindOf = (name: KindName): Kind => KINDS[name] as unknown as Kind;
