import type { VmanClient } from '#libs/client';

/** For filters that take ids alone. */
export async function idsOf(
  client: VmanClient,
  { vm, host }: { vm?: string; host?: string },
): Promise<{ vm?: string; host?: string }> {
  return {
    vm: vm === undefined ? undefined : (await client.vms.get(vm)).id,
    host: host === undefined ? undefined : (await client.hosts.get(host)).id,
  };
}
