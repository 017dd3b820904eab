import type { TokenView } from '#libs/contracts/http';
import type { Version } from '../http/index.js';
import { findToken } from './find-token.js';
import { tokenView } from './token-view.js';

export const tokenVersion: Version<TokenView> = {
  noun: 'token',
  read: async (tx, caller, id) => tokenView(await findToken(tx, caller, id)),
  rows: ({ id }) => [{ table: 'tokens', id }],
  counts: ({ lastUsedAt, ...given }) => given,
};
