import { applyDecorators, SetMetadata } from '@nestjs/common';
import { ApiExtension } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import type { DryRunPlanView } from '#libs/contracts/http';
import { VmanError } from '#libs/errors';
import { Rehearsal } from '../db-operator/index.js';

export const DRY_RUN = Symbol('dry-run');
export const DRY_RUN_TYPE = 'application/vnd.vman.dry-run+json';

/** The route can be tried with `dryRun=true`: all that it does goes through ChangeRunner. */
export const DryRun = () => applyDecorators(SetMetadata(DRY_RUN, true), ApiExtension('x-dry-run', true));

/** The route refuses `dryRun=true`. The reason is for those who read it. */
export const NoDryRun = (_reason: string): MethodDecorator & ClassDecorator => SetMetadata(DRY_RUN, false);

/** Asks hosts what they would do. */
export const PLANNER = Symbol('planner');
export interface Planner {
  plan(rehearsal: Rehearsal): Promise<DryRunPlanView[]>;
}

/**
 * What `dryRun=true` of a request begins; undefined when the request is in earnest. A route that cannot be tried refuses,
 * rather than doing what was only to be tried. The parameter is taken off the query, which the route checks for itself.
 */
export function rehearsalOf(request: FastifyRequest, canBeTried: boolean): Rehearsal | undefined {
  const query = request.query as Record<string, unknown> | undefined;
  const { dryRun } = query ?? {};
  if (query === undefined || dryRun === undefined || request.method === 'GET') return undefined;
  if (dryRun !== 'true' && dryRun !== 'false') {
    throw new VmanError('invalid_input', 'Not valid: dryRun.', {
      fields: [{ field: 'dryRun', code: 'isBoolean', message: 'must be true or false' }],
    });
  }
  delete query.dryRun;
  if (dryRun === 'false') return undefined;
  if (canBeTried) return new Rehearsal();
  throw new VmanError('unsupported', 'This cannot be tried without doing it.', {
    hint: 'Send the request without `dryRun` when you want it done.',
  });
}
