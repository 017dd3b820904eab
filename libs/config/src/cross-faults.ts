import type { ConfigFault } from './config-error.js';
import type { Resolved } from './resolve.js';

const WILDCARDS = new Set(['0.0.0.0', '::']);

/** Settings that are right alone and wrong together. */
export function crossFaults(resolved: readonly Resolved[]): ConfigFault[] {
  const by = new Map(resolved.map((r) => [r.key, r]));
  const faults: ConfigFault[] = [];
  if (by.get('failpoints')?.value !== undefined && by.get('allowFailpoints')?.value !== true) {
    faults.push({
      key: 'VMAN_FAILPOINTS',
      problem: 'is for tests only',
      instead: 'remove it, or set VMAN_ALLOW_FAILPOINTS=true in a test',
    });
  }
  const address = by.get('intelAddress')?.value;
  if (by.get('intelPublicUrl')?.from === 'default' && WILDCARDS.has(String(address))) {
    faults.push({
      key: 'VMAN_INTEL_PUBLIC_URL',
      problem: `is needed when VMAN_INTEL_ADDRESS is ${address}: the hosts cannot connect to that address`,
      instead: 'set it to the URL under which the hosts reach intel, such as http://10.0.0.5:7400',
    });
  }
  return faults;
}
