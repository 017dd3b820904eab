import { ApiError, type VmanClient } from '#libs/client';

const UUID = /^[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}$/i;

/** The API knows addresses by id; people know them as they are. */
export async function addressId(client: VmanClient, text: string): Promise<string> {
  if (UUID.test(text)) return text;
  let seen: string | undefined;
  for await (const { id, address, state } of client.addresses.all({ limit: 1000 })) {
    if (address !== text) continue;
    // What VMAN gave out goes before what a guest took.
    if (state !== 'seen') return id;
    seen ??= id;
  }
  if (seen) return seen;
  const hint = 'See `vman address list`.';
  throw new ApiError(404, { code: 'not_found', detail: `There is no address ${text}.`, hint });
}
