import { everyItem } from '../pages.js';
import { answerOf } from '../send/answer-of.js';
import type { CreateTemplate, Page, PageQuery, Template, TemplateChange } from '../types.js';
import type { Api } from './api.js';

/** Templates; the name will do for the id. */
export class Templates {
  constructor(private readonly api: Api) {}

  list(query: PageQuery = {}, signal?: AbortSignal): Promise<Page<Template>> {
    return answerOf(this.api.GET('/v1/templates', { params: { query }, signal }));
  }

  all(query: PageQuery = {}, signal?: AbortSignal): AsyncGenerator<Template, void, undefined> {
    return everyItem((cursor) => this.list({ ...query, cursor }, signal));
  }

  get(id: string): Promise<Template> {
    return answerOf(this.api.GET('/v1/templates/{id}', { params: { path: { id } } }));
  }

  create(body: CreateTemplate): Promise<TemplateChange> {
    return answerOf(this.api.POST('/v1/templates', { body }));
  }

  async delete(id: string): Promise<void> {
    await answerOf(this.api.DELETE('/v1/templates/{id}', { params: { path: { id } } }));
  }
}
