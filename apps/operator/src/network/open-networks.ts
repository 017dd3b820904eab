import type { Clock } from '#libs/clock';
import type { Logger } from '#libs/logging';
import type { StoragePaths } from '../storage/paths.js';
import { findNetworkAbility } from './abilities.js';
import { Networks } from './networks.js';

export interface OpenNetworks {
  hostId: string;
  paths: StoragePaths;
  clock: Clock;
  logger: Logger;
}

/** Finds out once what this host can do about networks, says it once, and reads what it made for them before. */
export async function openNetworks(options: OpenNetworks): Promise<Networks> {
  const { hostId, paths, clock, logger } = options;
  const ability = await findNetworkAbility();
  const networks = new Networks({ hostId, folder: paths.networks, clock, logger, ability });
  await networks.records.load();
  const { managedReason } = ability;
  if (managedReason) logger.info({ reason: managedReason }, 'this host has no managed networks');
  else logger.info('this host can make networks');
  return networks;
}
