import { type DynamicModule, type FactoryProvider, Module, type ModuleMetadata } from '@nestjs/common';
import { TerminusModule } from '@nestjs/terminus';
import { Draining } from './draining.js';
import { HealthController } from './health.controller.js';
import { HEALTH_CHECKS, HealthService } from './health.service.js';
import type { HealthCheck } from './health-check.js';
import { Liveness } from './liveness.js';

export interface HealthModuleAsyncOptions {
  imports?: ModuleMetadata['imports'];
  inject?: FactoryProvider['inject'];
  /** Gets what `inject` names. */
  useFactory: FactoryProvider<readonly HealthCheck[]>['useFactory'];
  /** How long the service goes on while `/ready` says that it ends. */
  drainMs?: number;
  /** Of loops that began before the application was made. */
  liveness?: Liveness;
}

/** `/health`, `/ready` and `/live`; exports `Draining` and `Liveness`. */
@Module({})
export class HealthModule {
  static forRoot({
    checks,
    ...rest
  }: { checks: readonly HealthCheck[] } & Pick<
    HealthModuleAsyncOptions,
    'drainMs' | 'liveness'
  >): DynamicModule {
    return HealthModule.forRootAsync({ useFactory: () => checks, ...rest });
  }

  /** The same, with checks of what is injected. */
  static forRootAsync(options: HealthModuleAsyncOptions): DynamicModule {
    const checks = { provide: HEALTH_CHECKS, inject: options.inject ?? [], useFactory: options.useFactory };
    const draining = { provide: Draining, useValue: new Draining(options.drainMs) };
    const liveness = { provide: Liveness, useValue: options.liveness ?? new Liveness() };
    return {
      module: HealthModule,
      global: true,
      imports: [TerminusModule.forRoot({ logger: false }), ...(options.imports ?? [])],
      controllers: [HealthController],
      providers: [draining, liveness, HealthService, checks],
      exports: [Draining, Liveness],
    };
  }
}
