/** Reads the agent's answers without trusting them: what has another shape is left out or refused. */
import { GuestAgentUnavailableError } from './guest-agent-errors.js';

export interface GuestAddress {
  address: string;
  family: 'ipv4' | 'ipv6';
  prefix: number;
}

export interface GuestInterface {
  name: string;
  mac: string | undefined;
  addresses: GuestAddress[];
}

export interface GuestOsInfo {
  id: string | undefined;
  prettyName: string | undefined;
  versionId: string | undefined;
  kernelRelease: string | undefined;
  machine: string | undefined;
}

/** More than any honest guest has, and few enough to store. */
const MAX_INTERFACES = 64;
const MAX_ADDRESSES = 64;
const MAX_TEXT_CHARS = 256;

type Fields = Record<string, unknown>;
const fieldsOf = (value: unknown): Fields =>
  typeof value === 'object' && value !== null ? (value as Fields) : {};
const listOf = (value: unknown): unknown[] => (Array.isArray(value) ? value : []);
const textOf = (value: unknown): string | undefined =>
  typeof value === 'string' ? value.slice(0, MAX_TEXT_CHARS) : undefined;

export function numberAnswer(command: string, value: unknown): number {
  if (typeof value !== 'number') throw new GuestAgentUnavailableError(command, 'the answer is not a number');
  return value;
}

export function readInterfaces(value: unknown): GuestInterface[] {
  return listOf(value)
    .slice(0, MAX_INTERFACES)
    .map((entry) => {
      const fields = fieldsOf(entry);
      const addresses = listOf(fields['ip-addresses']).slice(0, MAX_ADDRESSES).flatMap(readAddress);
      return { name: textOf(fields.name) ?? '', mac: textOf(fields['hardware-address']), addresses };
    });
}

function readAddress(value: unknown): GuestAddress[] {
  const fields = fieldsOf(value);
  const address = textOf(fields['ip-address']);
  const family = fields['ip-address-type'];
  if (address === undefined || (family !== 'ipv4' && family !== 'ipv6')) return [];
  return [{ address, family, prefix: typeof fields.prefix === 'number' ? fields.prefix : 0 }];
}

export function readOsInfo(value: unknown): GuestOsInfo {
  const fields = fieldsOf(value);
  return {
    id: textOf(fields.id),
    prettyName: textOf(fields['pretty-name']),
    versionId: textOf(fields['version-id']),
    kernelRelease: textOf(fields['kernel-release']),
    machine: textOf(fields.machine),
  };
}

export function readHostName(value: unknown): string | undefined {
  return textOf(fieldsOf(value)['host-name']);
}

export interface GuestExecResult {
  /** Undefined when a signal ended it. */
  exitCode: number | undefined;
  signal: number | undefined;
  stdout: Buffer;
  stderr: Buffer;
  /** The guest dropped the end of an output. */
  truncated: boolean;
}

const base64Of = (value: unknown): Buffer => Buffer.from(typeof value === 'string' ? value : '', 'base64');

/** Undefined while the program runs. */
export function readExecStatus(value: unknown): GuestExecResult | undefined {
  const fields = fieldsOf(value);
  if (fields.exited !== true) return undefined;
  return {
    exitCode: typeof fields.exitcode === 'number' ? fields.exitcode : undefined,
    signal: typeof fields.signal === 'number' ? fields.signal : undefined,
    stdout: base64Of(fields['out-data']),
    stderr: base64Of(fields['err-data']),
    truncated: fields['out-truncated'] === true || fields['err-truncated'] === true,
  };
}

export function readPid(command: string, value: unknown): number {
  return numberAnswer(command, fieldsOf(value).pid);
}

export function readFileChunk(value: unknown): { data: Buffer; eof: boolean } {
  const fields = fieldsOf(value);
  return { data: base64Of(fields['buf-b64']), eof: fields.eof === true };
}
