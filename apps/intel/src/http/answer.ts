import type { FastifyReply } from 'fastify';

/** What a change is answered with; it can be stored and given again. */
export interface Answer {
  status: number;
  headers: Record<string, string>;
  body: unknown;
}

export function send(reply: FastifyReply, answer: Answer): void {
  const { status, headers, body } = answer;
  // What is stored of an answer without a body is null.
  void reply
    .status(status)
    .headers(headers)
    .send(status === 204 ? undefined : body);
}
