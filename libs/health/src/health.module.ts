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
  /** Of loops that began before the application was made. */
  liveness?: Liveness;
}

/** `/health`, `/ready` and `/live`; exports `Draining` and `Liveness`. */
@Module({})
export class HealthModule {
  static forRoot({
    checks,
    liveness,
  }: {
    checks: readonly HealthCheck[];
    liveness?: Liveness;
  }): DynamicModule {
    return HealthModule.forRootAsync({ useFactory: () => checks, liveness });
  }

  /** The same, with checks of what is injected. */
  static forRootAsync(options: HealthModuleAsyncOptions): DynamicModule {
    const checks = { provide: HEALTH_CHECKS, inject: options.inject ?? [], useFactory: options.useFactory };
    const liveness = { provide: Liveness, useValue: options.liveness ?? new Liveness() };
    return {
      module: HealthModule,
      global: true,
      imports: [TerminusModule.forRoot({ logger: false }), ...(options.imports ?? [])],
      controllers: [HealthController],
      providers: [Draining, liveness, HealthService, checks],
      exports: [Draining, Liveness],
    };
  }
}
