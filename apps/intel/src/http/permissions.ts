import { SetMetadata } from '@nestjs/common';
import { ROLES, type Role } from '#libs/contracts/http';

export const PERMISSIONS = [
  'vms:read',
  'vms:write',
  'vms:power',
  'vms:guest',
  'templates:read',
  'templates:write',
  'hosts:read',
  'operations:read',
  'operations:cancel',
  'tokens:manage',
] as const;
export type Permission = (typeof PERMISSIONS)[number];

const VIEWER: readonly Permission[] = ['vms:read', 'templates:read', 'hosts:read', 'operations:read'];
const OPERATOR: readonly Permission[] = [
  ...VIEWER,
  'vms:write',
  'vms:power',
  'vms:guest',
  'operations:cancel',
];

const GRANTED: Readonly<Record<Role, readonly Permission[]>> = {
  viewer: VIEWER,
  operator: OPERATOR,
  admin: PERMISSIONS,
};

export const mayDo = (role: Role, permission: Permission) => GRANTED[role].includes(permission);

/** The least of the roles that may do it. */
export function leastRole(permission: Permission): Role {
  return ROLES.find((role) => mayDo(role, permission)) ?? 'admin';
}

export const ACCESS = Symbol('access');
export type Access = Permission | 'public';

/** Every route declares what it needs; one that does not stops the start. */
export const Requires = (permission: Permission) => SetMetadata(ACCESS, permission);
/** Open to everybody, or guarded by the route itself. */
export const Public = () => SetMetadata(ACCESS, 'public');

/** Routes of the libraries, which know no permissions. */
export const OPEN_PATHS: readonly string[] = ['/health', '/live', '/ready', '/metrics'];
