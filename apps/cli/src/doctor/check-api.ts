import type { Health, VmanClient } from '#libs/client';
import { ApiError, UnreachableError } from '#libs/client';
import type { Connection } from '../context/choose-connection.js';
import { took } from '../output/figures.js';
import { VERSION } from '../version.js';
import { type Finding, fault, ok, warning } from './finding.js';

/** The server's clock comes in whole seconds. */
const SKEW_MS = 3_000;

/** Whether the API answers, what it says of itself, and whether the token is good. */
export async function checkApi(
  client: VmanClient,
  connection: Connection,
  nowMs: () => number,
): Promise<{ findings: Finding[]; reachable: boolean }> {
  const health = await client.system.health().catch((error: unknown) => {
    if (error instanceof UnreachableError) return error;
    throw error;
  });
  if (health instanceof UnreachableError) {
    const from = `the URL comes from: ${connection.origin}`;
    return { findings: [fault('api', health.message, `${health.hint} (${from})`)], reachable: false };
  }
  const findings = [
    ok('api', `${connection.url} answers in ${took(health.roundTripMs)}`),
    ...healthFindings(health),
    ...clockFinding(health, nowMs()),
    ...versionFinding(await client.system.version()),
    await tokenFinding(client),
  ];
  return { findings, reachable: true };
}

/** Pure. */
export function healthFindings(health: Health): Finding[] {
  const parts = Object.entries(health.details);
  if (parts.length === 0 && !health.ok) {
    return [fault('service', 'it says that it is not well, and not why', 'Look at the log of intel.')];
  }
  return parts.map(([name, { status, message = '' }]) => {
    const cure = `Look at ${name} and at the log of intel.`;
    if (status === 'up') return ok(name, message || 'well');
    return status === 'degraded' ? warning(name, message, cure) : fault(name, message, cure);
  });
}

/** Pure. */
export function clockFinding(health: Health, nowMs: number): Finding[] {
  if (health.serverTimeMs === undefined) return [];
  const skew = Math.abs(nowMs - health.serverTimeMs);
  if (skew <= SKEW_MS + health.roundTripMs) return [ok('clock', 'this host and the API agree')];
  const cure = 'Let both hosts take their time from NTP: ages, expiries and certificates depend on it.';
  return [warning('clock', `this host and the API are ${took(skew)} apart`, cure)];
}

/** Pure. */
export function versionFinding(server: string | undefined): Finding[] {
  if (server === undefined) return [];
  if (server === VERSION) return [ok('version', `vman and the API are both ${VERSION}`)];
  return [warning('version', `vman is ${VERSION}, the API ${server}`, 'Use the vman of the same version.')];
}

async function tokenFinding(client: VmanClient): Promise<Finding> {
  try {
    await client.vms.list({ limit: 1 });
    return ok('token', 'is valid');
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    return fault('token', `${error.message} [${error.code}]`, error.hint);
  }
}
