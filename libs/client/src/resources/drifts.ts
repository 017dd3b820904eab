import { everyItem } from '../pages.js';
import { answerOf } from '../send/answer-of.js';
import type {
  CreateRepairPause,
  Drift,
  DriftQuery,
  Explanation,
  Observer,
  Page,
  Repair,
  RepairPause,
  RepairPauseQuery,
  RepairQuery,
} from '../types.js';
import type { Api } from './api.js';

/** What the observer found, what it did about it, and what keeps it from doing so. */
export class Drifts {
  constructor(private readonly api: Api) {}

  /** Newest first. */
  list(query: DriftQuery = {}, signal?: AbortSignal): Promise<Page<Drift>> {
    return answerOf(this.api.GET('/v1/drifts', { params: { query }, signal }));
  }

  all(query: DriftQuery = {}, signal?: AbortSignal): AsyncGenerator<Drift, void, undefined> {
    return everyItem((cursor) => this.list({ ...query, cursor }, signal));
  }

  get(id: string): Promise<Drift> {
    return answerOf(this.api.GET('/v1/drifts/{id}', { params: { path: { id } } }));
  }

  /** Newest first. */
  listRepairs(query: RepairQuery = {}, signal?: AbortSignal): Promise<Page<Repair>> {
    return answerOf(this.api.GET('/v1/repairs', { params: { query }, signal }));
  }

  allRepairs(query: RepairQuery = {}, signal?: AbortSignal): AsyncGenerator<Repair, void, undefined> {
    return everyItem((cursor) => this.listRepairs({ ...query, cursor }, signal));
  }

  getRepair(id: string): Promise<Repair> {
    return answerOf(this.api.GET('/v1/repairs/{id}', { params: { path: { id } } }));
  }

  listPauses(query: RepairPauseQuery = {}, signal?: AbortSignal): Promise<Page<RepairPause>> {
    return answerOf(this.api.GET('/v1/repair-pauses', { params: { query }, signal }));
  }

  allPauses(
    query: RepairPauseQuery = {},
    signal?: AbortSignal,
  ): AsyncGenerator<RepairPause, void, undefined> {
    return everyItem((cursor) => this.listPauses({ ...query, cursor }, signal));
  }

  pause(body: CreateRepairPause): Promise<RepairPause> {
    return answerOf(this.api.POST('/v1/repair-pauses', { body }));
  }

  async endPause(id: string): Promise<void> {
    await answerOf(this.api.DELETE('/v1/repair-pauses/{id}', { params: { path: { id } } }));
  }

  observer(): Promise<Observer> {
    return answerOf(this.api.GET('/v1/observer'));
  }

  /** Desired, observed, what is between them, and what blocks. */
  explain(vm: string): Promise<Explanation> {
    return answerOf(this.api.GET('/v1/vms/{id}/explain', { params: { path: { id: vm } } }));
  }
}
