import type { StreamEndReason } from '#libs/contracts';
import { ERROR_CODES, type VmanError } from '#libs/errors';

export interface Close {
  code: number;
  reason: string;
}

/** A close frame takes no more. */
const REASON_BYTES_MAX = 123;

const ENDS: Readonly<Record<StreamEndReason, Close>> = {
  closed: { code: 1000, reason: 'closed: The other end closed it.' },
  leaving: { code: 1001, reason: 'leaving: A service of VMAN goes down.' },
  failed: { code: 1011, reason: 'failed: A fault of VMAN; its log has the details.' },
  'vm-stopped': { code: 4000, reason: 'vm-stopped: The VM has stopped.' },
  revoked: { code: 4401, reason: 'revoked: The token is no longer valid.' },
  'too-slow': { code: 4408, reason: 'too-slow: The console said more than was read.' },
  lost: { code: 4503, reason: 'lost: The host is not heard any more, or bytes were lost.' },
};

/** How a WebSocket is closed when its session ends. */
export const closeOfEnd = (reason: StreamEndReason): Close => ENDS[reason];

/** How a WebSocket is closed when there is no session: 4000 and the status that the API would answer. */
export function closeOfError({ code, message }: VmanError): Close {
  const text = Buffer.from(`${code}: ${message}`).subarray(0, REASON_BYTES_MAX);
  return { code: 4000 + ERROR_CODES[code].status, reason: text.toString('utf8').replace(/\uFFFD+$/, '') };
}
