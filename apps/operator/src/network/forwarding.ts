/**
 * Lets packets pass between a bridge and the outside, for these interfaces alone. IPv6 cannot be forwarded for single
 * interfaces: that is left to whoever looks after the host (net.ipv6.conf.all.forwarding).
 */
import { readFile, writeFile } from 'node:fs/promises';
import { VmanError } from '#libs/errors';
import { runTool } from './run-tool.js';

/** For the bridge, and for the interfaces of the default routes, through which answers come back. */
export async function allowForwarding(bridge: string): Promise<void> {
  const shown = await runTool('ip', ['-json', '-4', 'route', 'show', 'default']);
  const routes = JSON.parse(shown || '[]') as { dev?: string }[];
  const interfaces = new Set([bridge, ...routes.flatMap(({ dev }) => dev ?? [])]);
  for (const name of interfaces) await allowOn(name);
}

async function allowOn(name: string): Promise<void> {
  const path = `/proc/sys/net/ipv4/conf/${name}/forwarding`;
  try {
    if ((await readFile(path, 'utf8')).trim() === '1') return;
    await writeFile(path, '1');
  } catch (cause) {
    throw new VmanError('network_unavailable', `Forwarding cannot be allowed on ${name}.`, { cause });
  }
}
