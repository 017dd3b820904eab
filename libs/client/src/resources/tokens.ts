import { answerOf } from '../send/answer-of.js';
import type { CreateToken, NewToken, Token } from '../types.js';
import type { Api } from './api.js';

export class Tokens {
  constructor(private readonly api: Api) {}

  /** All that this caller may see, in one answer. */
  async list(): Promise<Token[]> {
    const { items } = await answerOf(this.api.GET('/v1/tokens'));
    return items;
  }

  /** The only answer that ever holds the token itself. */
  create(body: CreateToken): Promise<NewToken> {
    return answerOf(this.api.POST('/v1/tokens', { body }));
  }

  async delete(id: string): Promise<void> {
    await answerOf(this.api.DELETE('/v1/tokens/{id}', { params: { path: { id } } }));
  }
}
