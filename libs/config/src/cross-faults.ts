import type { ConfigFault } from './config-error.js';
import type { Resolved } from './resolve.js';

const WILDCARDS = new Set(['0.0.0.0', '::']);

/** Settings that are right alone and wrong together. */
export function crossFaults(resolved: readonly Resolved[], alone: readonly ConfigFault[]): ConfigFault[] {
  const by = new Map(resolved.map((r) => [r.key, r]));
  const faults: ConfigFault[] = [];
  if (by.get('failpoints')?.value !== undefined && by.get('allowFailpoints')?.value !== true) {
    faults.push({
      key: 'VMAN_FAILPOINTS',
      problem: 'is for tests only',
      instead: 'remove it, or set VMAN_ALLOW_FAILPOINTS=true in a test',
    });
  }
  const given = resolved.filter((it) => it.value !== undefined).map((it) => it.setting.env);
  // One that is wrong by itself was given too.
  faults.push(...busFaults(new Set<string>([...given, ...alone.map((it) => it.key)])));
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

/** Who a service says that it is to the bus. */
function busFaults(given: ReadonlySet<string>): ConfigFault[] {
  const faults: ConfigFault[] = [];
  const lacks = (name: string, other: string) =>
    faults.push({
      key: name,
      problem: `needs ${other} beside it`,
      instead: `set ${other} too, or remove ${name}`,
    });
  const [cert, key] = ['VMAN_NATS_CERT_FILE', 'VMAN_NATS_KEY_FILE'];
  if (given.has(cert) && !given.has(key)) lacks(cert, key);
  if (given.has(key) && !given.has(cert)) lacks(key, cert);
  if (given.has('VMAN_NATS_TOKEN') && given.has('VMAN_NATS_CREDENTIALS')) {
    faults.push({
      key: 'VMAN_NATS_TOKEN',
      problem: 'is given beside VMAN_NATS_CREDENTIALS: a service is let in by one of the two',
      instead: 'remove the one that the servers do not ask for',
    });
  }
  return faults;
}
