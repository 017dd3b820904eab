import { lookup } from 'node:dns/promises';

/** Finds the addresses of a host name; a port, so that tests can let an answer change between two questions. */
export type Resolve = (host: string) => Promise<string[]>;

/** Injection token of the Resolve. */
export const RESOLVE = Symbol('Resolve');

export const systemResolve: Resolve = async (host) =>
  (await lookup(host, { all: true, verbatim: true })).map(({ address }) => address);
