import createClient, { type Client } from 'openapi-fetch';
import type { paths } from '../gen/api.js';

/** Typed by openapi/intel.yaml: a path, parameter or field that the API does not have fails to compile. */
export type Api = Client<paths>;

export const apiOver = (
  url: string,
  token: string | undefined,
  fetch: (request: Request) => Promise<Response>,
): Api =>
  createClient<paths>({
    baseUrl: url,
    fetch,
    headers: token === undefined ? {} : { authorization: `Bearer ${token}` },
  });
