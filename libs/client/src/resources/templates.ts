import { everyItem } from '../pages.js';
import { answerOf } from '../send/answer-of.js';
import type { Content, Upload } from '../send/upload.js';
import type { CreateTemplate, Page, Template, TemplateChange, TemplateQuery } from '../types.js';
import type { Api } from './api.js';

/** Templates; the name will do for the id. */
export class Templates {
  constructor(
    private readonly api: Api,
    private readonly put: Upload,
  ) {}

  list(query: TemplateQuery = {}, signal?: AbortSignal): Promise<Page<Template>> {
    return answerOf(this.api.GET('/v1/templates', { params: { query }, signal }));
  }

  all(query: TemplateQuery = {}, signal?: AbortSignal): AsyncGenerator<Template, void, undefined> {
    return everyItem((cursor) => this.list({ ...query, cursor }, signal));
  }

  get(id: string): Promise<Template> {
    return answerOf(this.api.GET('/v1/templates/{id}', { params: { path: { id } } }));
  }

  create(body: CreateTemplate): Promise<TemplateChange> {
    return answerOf(this.api.POST('/v1/templates', { body }));
  }

  /**
   * The image of a template that was created with the source `upload`; resolves once it is stored and judged. The
   * operation of the template tells how far it is.
   */
  async upload(id: string, content: Content, signal?: AbortSignal): Promise<Template> {
    return (await this.put(`/v1/templates/${encodeURIComponent(id)}/content`, content, signal)) as Template;
  }

  async delete(id: string): Promise<void> {
    await answerOf(this.api.DELETE('/v1/templates/{id}', { params: { path: { id } } }));
  }
}
