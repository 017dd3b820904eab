import type { BeforeApplicationShutdown, OnApplicationShutdown, OnModuleDestroy } from '@nestjs/common';
import { type DynamicModule, Inject, Injectable, Module } from '@nestjs/common';
import type { Bus } from '#libs/bus';
import { HealthModule, type Liveness } from '#libs/health';
import { type Logger, LoggingModule } from '#libs/logging';
import { MetricsModule } from '#libs/metrics';
import { ConsoleController } from './console/console.controller.js';
import { GuestController } from './guest/guest.controller.js';
import { operatorChecks } from './health/operator-checks.js';
import type { Admission } from './identity/admission.js';
import { SERVICE } from './operator.config.js';
import { OperatorController } from './operator.controller.js';
import { Operator } from './operator.js';
import type { OpenStorage } from './storage/open-storage.js';

const OPENED = Symbol('what must be closed at the end');

export interface OperatorModuleOptions {
  operator: Operator;
  admission: Admission;
  storage: OpenStorage;
  bus: Bus;
  logger: Logger;
  liveness: Liveness;
  drainMs: number;
}

/** Says that it goes, lets running steps finish, and gives the storage free last. */
@Injectable()
class Leaving implements OnModuleDestroy, BeforeApplicationShutdown, OnApplicationShutdown {
  constructor(@Inject(OPENED) private readonly opened: OperatorModuleOptions) {}

  async onModuleDestroy(): Promise<void> {
    this.opened.admission.stop();
    await this.opened.operator.drain();
  }

  async beforeApplicationShutdown(): Promise<void> {
    await this.opened.operator.stop();
  }

  async onApplicationShutdown(): Promise<void> {
    await this.opened.bus.close();
    await this.opened.storage.lock.release();
  }
}

/** The operator as a Nest application: bus handlers, health and metrics around an opened operator. */
@Module({})
export class OperatorModule {
  static forRoot(options: OperatorModuleOptions): DynamicModule {
    const { operator, bus, logger, liveness, drainMs } = options;
    const checks = operatorChecks(operator, bus);
    return {
      module: OperatorModule,
      imports: [
        LoggingModule.forRoot(logger),
        MetricsModule.forRoot({ service: SERVICE }),
        HealthModule.forRoot({ checks, liveness, drainMs }),
      ],
      controllers: [OperatorController, GuestController, ConsoleController],
      providers: [{ provide: Operator, useValue: operator }, { provide: OPENED, useValue: options }, Leaving],
    };
  }
}
