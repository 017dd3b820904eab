import { createHash, randomBytes } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { type ConsoleTicketView, type OpenConsoleInput, REPLAY_BYTES_DEFAULT } from '#libs/contracts/http';
import { VmanError } from '#libs/errors';
import type { Tx } from '../db-operator/index.js';
import type { Caller } from '../http/index.js';
import { audit } from '../operations/index.js';
import { findVm } from '../vms/index.js';
import { CONSOLE_PATH, CONSOLE_PROTOCOL } from './ticket-of-request.js';

const VALID_SECONDS = 30;
const TICKET_BYTES = 32;

/** Gives who may a ticket that opens one console of one VM, once. Only its hash is kept. */
@Injectable()
export class OpenConsole {
  async execute(
    tx: Tx,
    caller: Caller,
    idOrName: string,
    input: OpenConsoleInput,
  ): Promise<ConsoleTicketView> {
    const { kind = 'serial', replayBytes = REPLAY_BYTES_DEFAULT } = input;
    const ticket = randomBytes(TICKET_BYTES).toString('base64url');
    const { vm } = await findVm(tx, caller, idOrName);
    if (kind === 'screen' && !vm.vnc) {
      throw new VmanError('invalid_state', 'The VM has no screen.', {
        hint: 'Set `vnc` to true, and start it anew.',
      });
    }
    await audit(
      tx,
      caller,
      `vm.${kind === 'serial' ? 'console' : 'screen'}`,
      { kind: 'vm', id: vm.id, name: vm.name, project: vm.project },
      null,
    );
    const { tokenId } = caller;
    const expiresAt = await tx.consoleTickets.insert(
      hashOfTicket(ticket),
      { tokenId, vmId: vm.id, kind, replayBytes },
      VALID_SECONDS,
    );
    return {
      kind,
      path: CONSOLE_PATH,
      protocol: CONSOLE_PROTOCOL,
      ticket,
      expiresAt: expiresAt.toISOString(),
    };
  }
}

export const hashOfTicket = (ticket: string) => createHash('sha256').update(ticket).digest('hex');
