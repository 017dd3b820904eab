import { type DynamicModule, type FactoryProvider, Module, type ModuleMetadata } from '@nestjs/common';
import { TerminusModule } from '@nestjs/terminus';
import { Draining } from './draining.js';
import { HealthController } from './health.controller.js';
import { HEALTH_CHECKS, HealthService } from './health.service.js';
import type { HealthCheck } from './health-check.js';

export interface HealthModuleAsyncOptions {
  imports?: ModuleMetadata['imports'];
  inject?: FactoryProvider['inject'];
  /** Gets what `inject` names. */
  useFactory: FactoryProvider<readonly HealthCheck[]>['useFactory'];
}

/** `/health`, `/ready` and `/live`; exports `Draining`. */
@Module({})
export class HealthModule {
  static forRoot(options: { checks: readonly HealthCheck[] }): DynamicModule {
    return HealthModule.forRootAsync({ useFactory: () => options.checks });
  }

  /** The same, with checks of what is injected. */
  static forRootAsync(options: HealthModuleAsyncOptions): DynamicModule {
    const checks = { provide: HEALTH_CHECKS, inject: options.inject ?? [], useFactory: options.useFactory };
    return {
      module: HealthModule,
      global: true,
      imports: [TerminusModule.forRoot({ logger: false }), ...(options.imports ?? [])],
      controllers: [HealthController],
      providers: [Draining, HealthService, checks],
      exports: [Draining],
    };
  }
}
