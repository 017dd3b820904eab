import type { Token } from '#libs/client';
import { age, moment } from '../output/figures.js';
import type { Look } from '../output/print.js';

export const tokenLook: Look<Token> = {
  name: (token) => token.name,
  columns: [
    { header: 'NAME', value: (it) => it.name },
    { header: 'ROLE', value: (it) => it.role },
    { header: 'PROJECT', value: (it) => it.project ?? '' },
    { header: 'EXPIRES', value: (it) => it.expiresAt ?? '' },
    { header: 'USED', value: (it, nowMs) => age(it.lastUsedAt, nowMs) },
    { header: 'AGE', value: (it, nowMs) => age(it.createdAt, nowMs) },
    { header: 'ID', value: (it) => it.id, wide: true },
  ],
  facts: (token, nowMs) => [
    { name: 'Name', value: token.name },
    { name: 'Id', value: token.id },
    { name: 'Role', value: token.role },
    { name: 'Project', value: token.project ?? 'all' },
    { name: 'Created', value: moment(token.createdAt, nowMs) },
    { name: 'Last used', value: moment(token.lastUsedAt, nowMs) },
    { name: 'Expires', value: token.expiresAt },
  ],
};
