/**
 * Requests and answers as plain objects. Those of fetch would do, but Node takes 40 ms to load them, which is a third of
 * what a short command may take to start; an answer of fetch is one of these as it is.
 */
interface Outgoing {
  method: string;
  url: string;
  headers: Record<string, string>;
  body?: string;
  signal?: AbortSignal;
}

export interface Answer {
  status: number;
  ok: boolean;
  headers: { get(name: string): string | null };
  text(): Promise<string>;
  json(): Promise<unknown>;
}

/** One whose body is read as it comes. */
export interface StreamedAnswer extends Answer {
  body: ReadableStream<Uint8Array<ArrayBuffer>> | null;
}

/** As much of fetch as the client needs. */
export type Fetch = (url: string, init?: FetchInit) => Promise<StreamedAnswer>;

interface FetchInit {
  method?: string;
  headers?: Record<string, string>;
  body?: string | Blob;
  signal?: AbortSignal;
}

export type Send = (request: Outgoing) => Promise<Answer>;
