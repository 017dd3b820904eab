import type { FastifyReply } from 'fastify';

/** What a change is answered with; it can be stored and given again. */
export interface Answer {
  status: number;
  headers: Record<string, string>;
  body: unknown;
}

export function send(reply: FastifyReply, answer: Answer): void {
  void reply.status(answer.status).headers(answer.headers).send(answer.body);
}
