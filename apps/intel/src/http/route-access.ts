import { Inject, Injectable, type OnModuleInit, RequestMethod } from '@nestjs/common';
import { METHOD_METADATA, PATH_METADATA } from '@nestjs/common/constants.js';
import { DiscoveryService, MetadataScanner, Reflector } from '@nestjs/core';
import { ACCESS, OPEN_PATHS } from './permissions.js';

/** Deny by default, at the start already: a route that declares no permission is a bug of ours, not a closed door. */
@Injectable()
export class RouteAccess implements OnModuleInit {
  constructor(
    @Inject(DiscoveryService) private readonly discovery: DiscoveryService,
    @Inject(MetadataScanner) private readonly scanner: MetadataScanner,
    @Inject(Reflector) private readonly reflector: Reflector,
  ) {}

  onModuleInit(): void {
    const undeclared = this.discovery.getControllers().flatMap(({ instance, metatype }) => {
      if (!instance || !metatype) return [];
      return this.scanner
        .getAllMethodNames(Object.getPrototypeOf(instance))
        .filter((name) => this.isUndeclared(metatype, instance[name]))
        .map((name) => `${metatype.name}.${name}`);
    });
    if (undeclared.length > 0)
      throw new Error(`routes without a declared permission: ${undeclared.join(', ')}`);
  }

  private isUndeclared(controller: object, handler: object): boolean {
    const method: RequestMethod | undefined = Reflect.getMetadata(METHOD_METADATA, handler);
    if (method === undefined) return false;
    const path = `/${Reflect.getMetadata(PATH_METADATA, controller) ?? ''}/${Reflect.getMetadata(PATH_METADATA, handler) ?? ''}`;
    if (OPEN_PATHS.includes(`/${path.split('/').filter(Boolean).join('/')}`)) return false;
    return this.reflector.getAllAndOverride(ACCESS, [handler as never, controller as never]) === undefined;
  }
}
