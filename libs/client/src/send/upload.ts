import { ApiError, UnreachableError } from '../errors.js';
import type { Ports } from '../ports.js';
import type { Problem } from '../types.js';

/** What is uploaded: a file of a browser, or of Node's `openAsBlob`; its size is known and it is read as it is sent. */
export type Content = Blob;

export type Upload = (path: string, content: Content, signal?: AbortSignal) => Promise<unknown>;

/** Sends bytes as the body of a PUT, once: how long that takes only the caller can know. */
export function uploader(url: string, token: string | undefined, { fetch }: Pick<Ports, 'fetch'>): Upload {
  return async (path, content, signal) => {
    const headers: Record<string, string> = { 'content-type': 'application/octet-stream' };
    if (token !== undefined) headers.authorization = `Bearer ${token}`;
    const response = await fetch(`${url}${path}`, { method: 'PUT', headers, body: content, signal }).catch(
      (error: unknown) => {
        if (signal?.aborted) throw signal.reason;
        throw new UnreachableError(url, error);
      },
    );
    const body: unknown = await response.json().catch(() => ({}));
    if (!response.ok) throw new ApiError(response.status, body as Partial<Problem>);
    return body;
  };
}
