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
  'projects:read',
  'projects:manage',
  'quotas:manage',
  'tokens:manage',
  'audit:read',
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
  'projects:read',
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

/** What concerns all projects: a token that is bound to one has none of these, whatever its role. */
const OF_THE_FLEET: readonly Permission[] = [
  'hosts:manage',
  'hosts:enroll',
  'pools:manage',
  'projects:manage',
  'quotas:manage',
  'repairs:pause-all',
];
const isOfTheFleet = (permission: Permission) => OF_THE_FLEET.includes(permission);

/** Throws forbidden, saying which role would do. */
export function demand(caller: { role: Role; project: string | null }, permission: Permission): void {
  if (!mayDo(caller.role, permission)) {
    const needed = `${permission}: role ${leastRole(permission)} or above`;
    throw new VmanError('forbidden', `This needs the permission ${needed}.`);
  }
  if (caller.project === null || !isOfTheFleet(permission)) return;
  throw new VmanError('forbidden', 'This concerns all projects, and the token is bound to one.', {
    hint: `Use a token that is bound to no project, with the role ${leastRole(permission)}.`,
  });
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
