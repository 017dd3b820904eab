import { Inject, Injectable } from '@nestjs/common';
import { Bus } from '#libs/bus';
import { consoleLogReplyCodec, consoleLogRequestCodec, subjects } from '#libs/contracts';
import { isErrorCode, VmanError } from '#libs/errors';
import { Database } from '../db-operator/index.js';
import { type Caller } from '../http/index.js';
import { findVm } from './find-vm.js';

const ANSWER_MS = 5_000;

export interface ConsoleLog {
  content: Uint8Array;
  /** Where it was read: `host`, or `exit-<sequence>` when the host did not answer. */
  source: string;
}

/**
 * The end of a guest's serial console: live from its host, or the last words before its last exit while the host is
 * away. Throws `host_unreachable` when neither is there.
 */
@Injectable()
export class ReadConsoleLog {
  constructor(
    @Inject(Database) private readonly database: Database,
    @Inject(Bus) private readonly bus: Bus,
  ) {}

  async execute(caller: Caller, idOrName: string, tailBytes: number): Promise<ConsoleLog> {
    const { vm } = await this.database.read((tx) => findVm(tx, caller, idOrName));
    try {
      return { content: await this.ask(vm.hostId, vm.id, tailBytes), source: 'host' };
    } catch (error) {
      const away = error instanceof VmanError && ['host_unreachable', 'unavailable'].includes(error.code);
      if (!away) throw error;
      const exit = await this.database.read((tx) => tx.exits.get(vm.id));
      if (!exit)
        throw new VmanError('host_unreachable', 'The host of the VM does not answer.', { cause: error });
      return { content: exit.serialTail.subarray(-tailBytes), source: `exit-${exit.sequence}` };
    }
  }

  private async ask(hostId: string, vmId: string, tailBytes: number): Promise<Uint8Array> {
    const { content, errorCode, errorMessage } = await this.bus.request(
      subjects.hostRpc(hostId, 'console-log'),
      consoleLogRequestCodec,
      { vmId, tailBytes },
      consoleLogReplyCodec,
      ANSWER_MS,
    );
    // Placed there, and not yet begun.
    if (errorCode === 'not_found') return Buffer.alloc(0);
    if (errorCode) throw new VmanError(isErrorCode(errorCode) ? errorCode : 'internal', errorMessage);
    return content;
  }
}
