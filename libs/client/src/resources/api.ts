import type { Client } from 'openapi-fetch';
import type { paths } from '../gen/api.js';
import type { Answer, Send } from '../send/exchange.js';

/** Typed by openapi/intel.yaml: a path, parameter or field that the API does not have fails to compile. */
export type Api = Pick<Client<paths>, 'GET' | 'POST' | 'PATCH' | 'DELETE'>;

interface Call {
  params?: { path?: Record<string, unknown>; query?: Record<string, unknown> };
  body?: unknown;
  signal?: AbortSignal;
  parseAs?: 'text';
}

/** The types are those of openapi-fetch; what it does would need all of fetch, see `send/exchange.ts`. */
export function apiOver(url: string, token: string | undefined, send: Send): Api {
  const authorization: Record<string, string> =
    token === undefined ? {} : { authorization: `Bearer ${token}` };
  const by =
    (method: string) =>
    async (path: string, { params, body, signal, parseAs }: Call = {}) => {
      const json: Record<string, string> = body === undefined ? {} : { 'content-type': 'application/json' };
      const response = await send({
        method,
        url: `${url}${filled(path, params?.path)}${queryOf(params?.query)}`,
        headers: { ...json, ...authorization },
        body: body === undefined ? undefined : JSON.stringify(body),
        signal,
      });
      return response.ok
        ? { data: await dataOf(response, parseAs), response }
        : { error: await errorOf(response), response };
    };
  return { GET: by('GET'), POST: by('POST'), PATCH: by('PATCH'), DELETE: by('DELETE') } as unknown as Api;
}

const filled = (path: string, values: Record<string, unknown> = {}) =>
  path.replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(String(values[name])));

function queryOf(values: Record<string, unknown> = {}): string {
  const given = Object.entries(values).filter(([, value]) => value !== undefined && value !== null);
  if (given.length === 0) return '';
  return `?${given.map(([name, value]) => `${name}=${encodeURIComponent(String(value))}`).join('&')}`;
}

async function dataOf(response: Answer, parseAs: Call['parseAs']): Promise<unknown> {
  const text = response.status === 204 ? '' : await response.text();
  if (parseAs === 'text') return text;
  return text === '' ? undefined : JSON.parse(text);
}

/** As text, if it is no JSON. */
async function errorOf(response: Answer): Promise<unknown> {
  const text = await response.text();
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
