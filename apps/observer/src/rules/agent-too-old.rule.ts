import { driftOfHost, type HostRule } from './rule.js';

/** The oldest agent that understands all that is asked of it. */
const OLDEST_AGENT = '0.1.0';

export const agentTooOld: HostRule = (host, { nowMs }) =>
  isOlder(host.agentVersion, OLDEST_AGENT)
    ? [
        driftOfHost(host, {
          rule: 'agent-too-old',
          expected: `agent ${OLDEST_AGENT} or newer`,
          seen: `agent ${host.agentVersion}`,
          since: nowMs,
          decision: { kind: 'leave', why: 'upgrade the agent: its guests run on meanwhile' },
        }),
      ]
    : [];

/** By major, minor and patch; what is no version is not older than anything. */
export function isOlder(version: string, than: string): boolean {
  const [a, b] = [partsOf(version), partsOf(than)];
  if (!a || !b) return false;
  const at = a.findIndex((part, index) => part !== b[index]);
  return at >= 0 && (a[at] ?? 0) < (b[at] ?? 0);
}

function partsOf(version: string): number[] | undefined {
  return /^(\d+)\.(\d+)\.(\d+)/.exec(version)?.slice(1).map(Number);
}
