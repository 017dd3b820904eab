/** Requests of the API as questions to the guest's agent. Pure. */
import type { GuestAsk } from '#libs/contracts';
import {
  GUEST_FILE_MAX_BYTES,
  type GuestExecInput,
  type GuestFreezeInput,
  type GuestReadFileInput,
  type GuestSetPasswordInput,
  type GuestWriteFileInput,
  type TextEncoding,
} from '#libs/contracts/http';
import { VmanError } from '#libs/errors';

/** With what is around it, it fits one message of the bus. */
const CONTENT_MAX_BYTES = 768 * 1024;
const FREEZE_SECONDS = 60;

/** One question with the time that the guest may take for it. */
export interface TimedAsk {
  ask: GuestAsk;
  timeoutMs: number;
}

export const pingAsk = (): TimedAsk => ({ ask: { $case: 'ping', value: {} }, timeoutMs: 5_000 });
export const addressesAsk = (): TimedAsk => ({ ask: { $case: 'addresses', value: {} }, timeoutMs: 10_000 });
export const thawAsk = (): TimedAsk => ({ ask: { $case: 'thaw', value: {} }, timeoutMs: 30_000 });

export function freezeAsk({ thawAfterSeconds = FREEZE_SECONDS }: GuestFreezeInput): TimedAsk {
  const value = { thawAfterMs: thawAfterSeconds * 1000 };
  return { ask: { $case: 'freeze', value }, timeoutMs: Math.min(value.thawAfterMs, 30_000) };
}

export function execAsk(input: GuestExecInput): TimedAsk {
  const value = {
    path: input.path,
    arguments: input.arguments ?? [],
    environment: input.environment ?? [],
    stdin: input.stdin === undefined ? undefined : bytesOf('stdin', input.stdin, input.encoding),
  };
  return { ask: { $case: 'exec', value }, timeoutMs: (input.timeoutSeconds ?? 30) * 1000 };
}

export function setPasswordAsk({ user, password }: GuestSetPasswordInput): TimedAsk {
  return { ask: { $case: 'setPassword', value: { user, password } }, timeoutMs: 20_000 };
}

export function readFileAsk({ path, maxBytes = GUEST_FILE_MAX_BYTES }: GuestReadFileInput): TimedAsk {
  return { ask: { $case: 'readFile', value: { path, maxBytes } }, timeoutMs: 30_000 };
}

export function writeFileAsk({ path, content, encoding }: GuestWriteFileInput): TimedAsk {
  const value = { path, content: bytesOf('content', content, encoding) };
  return { ask: { $case: 'writeFile', value }, timeoutMs: 30_000 };
}

function bytesOf(field: string, text: string, encoding: TextEncoding = 'utf8'): Buffer {
  const bytes = Buffer.from(text, encoding);
  if (encoding === 'base64' && bytes.toString('base64').replace(/=+$/, '') !== text.replace(/=+$/, '')) {
    throw new VmanError('invalid_input', `Not valid: ${field}.`, {
      fields: [{ field, code: 'isBase64', message: 'must be base64' }],
    });
  }
  if (bytes.length > CONTENT_MAX_BYTES) {
    throw new VmanError('payload_too_large', `${field} has more than ${CONTENT_MAX_BYTES / 1024} KiB.`);
  }
  return bytes;
}

/** Does it change or disclose what is in the guest? Then it is written down who asked. */
export function auditVerb(ask: GuestAsk): string | undefined {
  switch (ask.$case) {
    case 'ping':
    case 'addresses':
    case 'nextPart':
      return undefined;
    case 'freeze':
      return 'guest.freeze';
    case 'thaw':
      return 'guest.thaw';
    case 'exec':
      return 'guest.exec';
    case 'setPassword':
      return 'guest.set-password';
    case 'readFile':
      return 'guest.read-file';
    case 'writeFile':
      return 'guest.write-file';
  }
}
