/**
 * What cloud-init in a guest left about its first boot: `result.json` once it is through, `disabled` when it found
 * nothing to do or was turned off, and `status.json` while it works. Reading files needs no program of the guest to
 * run. A guest without any of them, or whose agent may read no file, tells nothing. The files are the guest's, so
 * nothing of their form is trusted.
 */
import type { CloudInit, CloudInitStatus } from '#libs/contracts';
import { type GuestAgentClient, GuestAgentError } from '#libs/qemu';

const FOLDER = '/run/cloud-init';
const MAX_BYTES = 64 * 1024;
const MAX_DETAIL = 1000;

interface FirstBootTold {
  status: CloudInitStatus;
  detail: string;
}

type Files = Pick<GuestAgentClient, 'readFile'>;

export async function readFirstBoot(guest: Files): Promise<FirstBootTold | undefined> {
  const result = await read(guest, 'result.json');
  if (result !== undefined) return toldBy(result);
  if ((await read(guest, 'disabled')) !== undefined) {
    return { status: 'disabled', detail: 'cloud-init is turned off in the guest, or found no seed' };
  }
  const status = await read(guest, 'status.json');
  return status === undefined ? undefined : { status: 'running', detail: stageOf(status) };
}

/** Undefined when there is no such file, or the agent may not read it. */
async function read(guest: Files, name: string): Promise<string | undefined> {
  try {
    return (await guest.readFile(`${FOLDER}/${name}`, MAX_BYTES)).toString('utf8');
  } catch (error) {
    if (error instanceof GuestAgentError) return undefined;
    throw error;
  }
}

function toldBy(text: string): FirstBootTold {
  const { datasource, errors } = versionOne(text);
  const faults = Array.isArray(errors) ? errors.map(String) : [];
  if (faults.length > 0) return { status: 'error', detail: faults.join('; ').slice(0, MAX_DETAIL) };
  if (typeof datasource !== 'string') return { status: 'error', detail: 'cloud-init left no result' };
  if (!/NoCloud/i.test(datasource)) {
    return { status: 'error', detail: `cloud-init did not use the seed, but ${datasource.slice(0, 100)}` };
  }
  return { status: 'done', detail: '' };
}

function stageOf(text: string): string {
  const { stage } = versionOne(text);
  return typeof stage === 'string' ? `in ${stage.slice(0, 100)}` : '';
}

function versionOne(text: string): Record<string, unknown> {
  try {
    const { v1 } = JSON.parse(text) as { v1?: unknown };
    return typeof v1 === 'object' && v1 !== null ? (v1 as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}

/**
 * The detail without words that stand in the seed's own text: an error may repeat a value, and a value may be a
 * secret. Names of fields are no secrets. Pure.
 */
export function withoutSecrets(detail: string, seed: CloudInit | undefined): string {
  if (!seed) return '';
  const text = [seed.userData, seed.metaData, seed.networkConfig].join('\n');
  const names = new Set([...text.matchAll(/^[\s-]*([A-Za-z][\w-]*):/gm)].map((match) => match[1]));
  return detail.replace(WORD, (word) => (!names.has(word) && text.includes(word) ? '[redacted]' : word));
}

/** Shorter ones are words of every language. */
const WORD = /[^\s'"`,;:()[\]{}<>=]{6,}/g;
