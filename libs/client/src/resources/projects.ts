import { everyItem } from '../pages.js';
import { answerOf } from '../send/answer-of.js';
import type {
  AuditQuery,
  AuditRow,
  CreateProject,
  Page,
  PatchProject,
  PatchQuota,
  Project,
  ProjectQuery,
  Quota,
  QuotaQuery,
} from '../types.js';
import type { Api } from './api.js';

const byId = (id: string) => ({ params: { path: { id } } });

/** Projects and their quotas, and the audit; the name of a project will do for the id. */
export class Projects {
  constructor(private readonly api: Api) {}

  list(query: ProjectQuery = {}, signal?: AbortSignal): Promise<Page<Project>> {
    return answerOf(this.api.GET('/v1/projects', { params: { query }, signal }));
  }

  all(query: ProjectQuery = {}, signal?: AbortSignal): AsyncGenerator<Project, void, undefined> {
    return everyItem((cursor) => this.list({ ...query, cursor }, signal));
  }

  get(id: string): Promise<Project> {
    return answerOf(this.api.GET('/v1/projects/{id}', byId(id)));
  }

  create(body: CreateProject): Promise<Project> {
    return answerOf(this.api.POST('/v1/projects', { body }));
  }

  change(id: string, body: PatchProject): Promise<Project> {
    return answerOf(this.api.PATCH('/v1/projects/{id}', { ...byId(id), body }));
  }

  async delete(id: string): Promise<void> {
    await answerOf(this.api.DELETE('/v1/projects/{id}', byId(id)));
  }

  listQuotas(query: QuotaQuery = {}, signal?: AbortSignal): Promise<Page<Quota>> {
    return answerOf(this.api.GET('/v1/quotas', { params: { query }, signal }));
  }

  allQuotas(query: QuotaQuery = {}, signal?: AbortSignal): AsyncGenerator<Quota, void, undefined> {
    return everyItem((cursor) => this.listQuotas({ ...query, cursor }, signal));
  }

  /** Of a project. */
  quota(id: string): Promise<Quota> {
    return answerOf(this.api.GET('/v1/quotas/{id}', byId(id)));
  }

  changeQuota(id: string, body: PatchQuota): Promise<Quota> {
    return answerOf(this.api.PATCH('/v1/quotas/{id}', { ...byId(id), body }));
  }

  /** Newest first. */
  listAudit(query: AuditQuery = {}, signal?: AbortSignal): Promise<Page<AuditRow>> {
    return answerOf(this.api.GET('/v1/audit', { params: { query }, signal }));
  }

  audit(query: AuditQuery = {}, signal?: AbortSignal): AsyncGenerator<AuditRow, void, undefined> {
    return everyItem((cursor) => this.listAudit({ ...query, cursor }, signal));
  }
}
