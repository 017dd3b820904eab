import { type PoolDefinition, poolsOf } from '#libs/domain';
import type { NetworkEntity } from '../db-operator/index.js';

/** What a network has to give, one pool a family. */
export const networkPools = (network: NetworkEntity): PoolDefinition[] =>
  poolsOf({
    cidrV4: network.cidrV4 ?? '',
    gatewayV4: network.gatewayV4 ?? '',
    cidrV6: network.cidrV6 ?? '',
    gatewayV6: network.gatewayV6 ?? '',
    ranges: network.ranges,
    reserved: network.reserved,
  });
