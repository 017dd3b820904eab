import { answerOf } from '../send/answer-of.js';
import type { GuestExec, GuestExecResult, GuestFile, GuestInterface } from '../types.js';
import type { Api } from './api.js';

/** As long as the API lets a program run when nobody says. */
const EXEC_SECONDS = 30;

/** Sends a request once, with so many seconds beyond the usual. */
export type SendOnce = (extraSeconds: number) => (request: Request) => Promise<Response>;

/** What the agent inside a guest is asked. Nothing of this is repeated by itself: a program must not run twice. */
export class Guests {
  constructor(
    private readonly api: Api,
    private readonly once: SendOnce,
  ) {}

  /** Milliseconds that the agent took to answer. */
  async ping(id: string): Promise<number> {
    const params = { path: { id } };
    const fetch = this.once(0);
    return (await answerOf(this.api.POST('/v1/vms/{id}/guest/ping', { params, fetch }))).roundTripMs;
  }

  async interfaces(id: string): Promise<GuestInterface[]> {
    const params = { path: { id } };
    return (await answerOf(this.api.GET('/v1/vms/{id}/guest/addresses', { params }))).interfaces;
  }

  /** Runs a program in the guest and waits for its end. */
  exec(id: string, body: GuestExec): Promise<GuestExecResult> {
    const params = { path: { id } };
    const fetch = this.once(body.timeoutSeconds ?? EXEC_SECONDS);
    return answerOf(this.api.POST('/v1/vms/{id}/guest/exec', { params, body, fetch }));
  }

  readFile(id: string, path: string): Promise<GuestFile> {
    const fetch = this.once(0);
    const body = { path, encoding: 'base64' as const };
    return answerOf(this.api.POST('/v1/vms/{id}/guest/read-file', { params: { path: { id } }, body, fetch }));
  }
}
