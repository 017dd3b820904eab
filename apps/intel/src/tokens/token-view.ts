import type { TokenView } from '#libs/contracts/http';
import type { TokenEntity } from '../db-operator/index.js';

export function tokenView(token: TokenEntity): TokenView {
  return {
    id: token.id,
    name: token.name,
    role: token.role,
    project: token.project ?? undefined,
    createdAt: token.createdAt.toISOString(),
    expiresAt: token.expiresAt?.toISOString(),
    lastUsedAt: token.lastUsedAt?.toISOString(),
  };
}
