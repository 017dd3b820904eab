import { applyDecorators, SetMetadata } from '@nestjs/common';
import { ApiExtension } from '@nestjs/swagger';
import { ROLES, type Role } from '#libs/contracts/http';
import { VmanError } from '#libs/errors';

export const PERMISSIONS = [
  'vms:read',
  'vms:write',
  'addresses:write',
  'vms:power',
  'vms:guest',
  'vms:console',
  'templates:read',
  'templates:write',
  'templates:import-url',
  'networks:read',
  'networks:write',
  'hosts:read',
  'hosts:manage',
  'hosts:enroll',
  'disks:read',
  'disks:write',
  'pools:read',
  'pools:manage',
  'operations:read',
  'drifts:read',
  'repairs:pause',
  'repairs:pause-all',
  'operations:cancel',
  'events:read',
  'tokens:manage',
] as const;
export type Permission = (typeof PERMISSIONS)[number];

const VIEWER: readonly Permission[] = [
  'networks:read',
  'vms:read',
  'templates:read',
  'hosts:read',
  'disks:read',
  'pools:read',
  'operations:read',
  'drifts:read',
  'events:read',
];
const OPERATOR: readonly Permission[] = [
  ...VIEWER,
  'vms:write',
  'addresses:write',
  'disks:write',
  'vms:power',
  'vms:guest',
  'vms:console',
  'operations:cancel',
  'repairs:pause',
];

const GRANTED: Readonly<Record<Role, readonly Permission[]>> = {
  viewer: VIEWER,
  operator: OPERATOR,
  admin: PERMISSIONS,
};

export const mayDo = (role: Role, permission: Permission) => GRANTED[role].includes(permission);

/** Throws forbidden, saying which role would do. */
export function demand({ role }: { role: Role }, permission: Permission): void {
  if (mayDo(role, permission)) return;
  const needed = `${permission}: role ${leastRole(permission)} or above`;
  throw new VmanError('forbidden', `This needs the permission ${needed}.`);
}

/** The least of the roles that may do it. */
export function leastRole(permission: Permission): Role {
  return ROLES.find((role) => mayDo(role, permission)) ?? 'admin';
}

export const ACCESS = Symbol('access');
export type Access = Permission | 'public';

/** Every route declares what it needs; one that does not stops the start. */
export const Requires = (permission: Permission) =>
  applyDecorators(SetMetadata(ACCESS, permission), ApiExtension('x-permission', permission));
/** Open to everybody, or guarded by the route itself. */
export const Public = () => SetMetadata(ACCESS, 'public');

/** Routes of the libraries, which know no permissions. */
export const OPEN_PATHS: readonly string[] = ['/health', '/live', '/ready', '/metrics'];
