import type { ConsoleLogReply, ConsoleLogRequest } from '#libs/contracts';
import type { Registry } from '../reconcile/registry.js';
import { toFailure } from '../reconcile/to-failure.js';
import { readLogTail } from '../runtime/log-files.js';

/** Leaves room for the frame in the megabyte that the bus takes. */
const MAX_BYTES = 512 * 1024;

/** The end of what the guest wrote to its serial console, also of a guest that is off. */
export async function consoleLog(
  registry: Registry,
  { vmId, tailBytes }: ConsoleLogRequest,
): Promise<ConsoleLogReply> {
  const vm = registry.get(vmId)?.vm;
  const nothing = Buffer.alloc(0);
  if (!vm) return { content: nothing, errorCode: 'not_found', errorMessage: 'This host has no such VM.' };
  try {
    const content = await readLogTail(vm.store.paths.serialLog, Math.min(tailBytes, MAX_BYTES));
    return { content, errorCode: '', errorMessage: '' };
  } catch (error) {
    const { code, message } = toFailure(error);
    return { content: nothing, errorCode: code, errorMessage: message };
  }
}
