// Job: the NICs of a guest on bridges, and whether its QEMU holds their taps.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '../../provision/paths.mjs';
import { run } from '../../provision/run.mjs';

const { managedNetwork, nicIn } = await import(join(ROOT, 'dist/test/operator/network-builders.js'));
const { openTaps } = await import(join(ROOT, 'dist/test/operator/test-namespace.js'));
const { tapName } = await import(join(ROOT, 'dist/apps/operator/src/network/network-names.js'));
const BRIDGE = 'br-office';
/** Of capabilities(7): none of them. */
const NO_RIGHTS = /^CapEff:\t0+$/m;

/** One on a network of VMAN's, one on a bridge that somebody else made. */
export async function nicsOnBridges() {
  const made = (await links()).some(({ ifname }) => ifname === BRIDGE);
  if (!made) await run('ip', ['link', 'add', 'name', BRIDGE, 'up', 'type', 'bridge']);
  const office = managedNetwork({ bridge: BRIDGE, dhcp: false, nat: false });
  return [nicIn(managedNetwork(), '10.77.0.11'), nicIn(office, '10.77.0.12', { kind: 'bridge' })];
}

/** The operator opened them and its launcher passed them on: QEMU has no right to open any. */
export async function heldTaps({ nics }, pid) {
  const names = nics.map(({ nicId }) => tapName(nicId)).sort();
  assert.deepEqual(openTaps(pid).sort(), names);
  assert.match(readFileSync(`/proc/${pid}/status`, 'utf8'), NO_RIGHTS);
  const taps = (await links()).filter(({ ifname }) => names.includes(ifname));
  // a tap that no process holds has no carrier
  assert.deepEqual(
    taps.map(({ operstate }) => operstate),
    names.map(() => 'UP'),
  );
  assert.ok(taps.some(({ master }) => master === BRIDGE));
  return taps.map(({ ifname, master }) => `${ifname} on ${master}`).join(', ');
}

export async function noLinksLeft() {
  const left = (await links()).map(({ ifname }) => ifname).filter((name) => name.startsWith('vm'));
  assert.deepEqual(left, []);
}

const links = async () => JSON.parse(await run('ip', ['-json', 'link', 'show']));
