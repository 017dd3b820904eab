import { answerOf } from '../send/answer-of.js';
import type { ConsoleTicket, OpenConsole } from '../types.js';
import type { Api } from './api.js';

/** Serial consoles and screens. */
export class Consoles {
  constructor(private readonly api: Api) {}

  /** A ticket that opens one WebSocket, once, within seconds. */
  open(vm: string, body: OpenConsole = {}): Promise<ConsoleTicket> {
    return answerOf(this.api.POST('/v1/vms/{id}/console', { params: { path: { id: vm } }, body }));
  }
}
