import { Inject, Injectable, type OnModuleInit, RequestMethod } from '@nestjs/common';
import { METHOD_METADATA, PATH_METADATA } from '@nestjs/common/constants.js';
import { DiscoveryService, MetadataScanner, Reflector } from '@nestjs/core';
import { DRY_RUN } from './dry-run.js';
import { ACCESS, OPEN_PATHS } from './permissions.js';
import { VERSION } from './version.js';

/** What is told of a route. */
export interface DeclaredRoute {
  name: string;
  method: RequestMethod;
  path: string;
  declares(key: symbol): unknown;
}

/** Checked at the start already: a route that leaves something open is a bug of ours, not a closed door. */
@Injectable()
export class RouteDeclarations implements OnModuleInit {
  constructor(
    @Inject(DiscoveryService) private readonly discovery: DiscoveryService,
    @Inject(MetadataScanner) private readonly scanner: MetadataScanner,
    @Inject(Reflector) private readonly reflector: Reflector,
  ) {}

  onModuleInit(): void {
    const faults = this.routes().flatMap(openOf);
    if (faults.length > 0) throw new Error(`routes that leave something open: ${faults.join(', ')}`);
  }

  private routes(): DeclaredRoute[] {
    return this.discovery.getControllers().flatMap(({ instance, metatype }) => {
      if (!instance || !metatype) return [];
      return this.scanner.getAllMethodNames(Object.getPrototypeOf(instance)).flatMap((name) => {
        const handler: object = instance[name];
        const method: RequestMethod | undefined = Reflect.getMetadata(METHOD_METADATA, handler);
        if (method === undefined) return [];
        const declares = (key: symbol) =>
          this.reflector.getAllAndOverride(key, [handler as never, metatype as never]);
        return [{ name: `${metatype.name}.${name}`, method, path: pathOf(metatype, handler), declares }];
      });
    });
  }
}

const pathOf = (controller: object, handler: object) =>
  `/${[controller, handler]
    .flatMap((it) => String(Reflect.getMetadata(PATH_METADATA, it) ?? '').split('/'))
    .filter(Boolean)
    .join('/')}`;

/** Deny by default; no change without a word on what `If-Match` and `dryRun` mean for it. */
export function openOf({ name, method, path, declares }: DeclaredRoute): string[] {
  if (OPEN_PATHS.includes(path)) return [];
  const access = declares(ACCESS);
  if (access === undefined) return [`${name} declares no permission`];
  if (access === 'public') return [];
  const changes = method !== RequestMethod.GET;
  return [
    ...(changes && declares(VERSION) === undefined ? [`${name} declares no version`] : []),
    ...(changes && declares(DRY_RUN) === undefined ? [`${name} does not say whether it can be tried`] : []),
  ];
}
