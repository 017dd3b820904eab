import { everyItem } from '../pages.js';
import { answerOf } from '../send/answer-of.js';
import type { CreateToken, NewToken, Page, Token, TokenQuery } from '../types.js';
import type { Api } from './api.js';

export class Tokens {
  constructor(private readonly api: Api) {}

  list(query: TokenQuery = {}, signal?: AbortSignal): Promise<Page<Token>> {
    return answerOf(this.api.GET('/v1/tokens', { params: { query }, signal }));
  }

  all(query: TokenQuery = {}, signal?: AbortSignal): AsyncGenerator<Token, void, undefined> {
    return everyItem((cursor) => this.list({ ...query, cursor }, signal));
  }

  /** The only answer that ever holds the token itself. */
  create(body: CreateToken): Promise<NewToken> {
    return answerOf(this.api.POST('/v1/tokens', { body }));
  }

  async delete(id: string): Promise<void> {
    await answerOf(this.api.DELETE('/v1/tokens/{id}', { params: { path: { id } } }));
  }
}
