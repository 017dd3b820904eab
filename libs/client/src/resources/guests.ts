import { answerOf } from '../send/answer-of.js';
import type { GuestExec, GuestExecResult, GuestFile, GuestInterface } from '../types.js';
import type { Api } from './api.js';

/** As long as the API lets a program run when nobody says. */
const EXEC_SECONDS = 30;

/** The API, each request sent once, with so many seconds beyond the usual. */
export type Once = (extraSeconds: number) => Api;

/** What the agent inside a guest is asked. Nothing of this is repeated by itself: a program must not run twice. */
export class Guests {
  constructor(
    private readonly api: Api,
    private readonly once: Once,
  ) {}

  /** Milliseconds that the agent took to answer. */
  async ping(id: string): Promise<number> {
    const params = { path: { id } };
    return (await answerOf(this.once(0).POST('/v1/vms/{id}/guest/ping', { params }))).roundTripMs;
  }

  async interfaces(id: string): Promise<GuestInterface[]> {
    const params = { path: { id } };
    return (await answerOf(this.api.GET('/v1/vms/{id}/guest/addresses', { params }))).interfaces;
  }

  /** Runs a program in the guest and waits for its end. */
  exec(id: string, body: GuestExec): Promise<GuestExecResult> {
    const params = { path: { id } };
    const api = this.once(body.timeoutSeconds ?? EXEC_SECONDS);
    return answerOf(api.POST('/v1/vms/{id}/guest/exec', { params, body }));
  }

  readFile(id: string, path: string): Promise<GuestFile> {
    const body = { path, encoding: 'base64' as const };
    return answerOf(this.once(0).POST('/v1/vms/{id}/guest/read-file', { params: { path: { id } }, body }));
  }
}
