import { VmanError } from '#libs/errors';

/** An action that this version does not know. */
export const notYet = {
  runs: 'beside',
  key: () => '',
  carryOut: (): Promise<undefined> =>
    Promise.reject(new VmanError('unsupported', 'This version of the agent cannot do that.')),
} as const;
