import { ApiError, type VmanClient } from '#libs/client';

const UUID = /^[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}$/i;

/** The API knows addresses by id; people know them as they are. */
export async function addressId(client: VmanClient, text: string): Promise<string> {
  if (UUID.test(text)) return text;
  for await (const { id, address } of client.addresses.all({ limit: 1000 })) {
    if (address === text) return id;
  }
  const hint = 'See `vman address list`.';
  throw new ApiError(404, { code: 'not_found', detail: `There is no address ${text}.`, hint });
}
