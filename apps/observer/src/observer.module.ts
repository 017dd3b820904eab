import { type DynamicModule, Module } from '@nestjs/common';
import type { Bus } from '#libs/bus';
import { CLOCK, type Clock } from '#libs/clock';
import type { ObserverConfig } from '#libs/config';
import { HealthModule } from '#libs/health';
import { type Logger, LoggingModule } from '#libs/logging';
import { MetricsModule } from '#libs/metrics';
import { BeaconSender } from './beacon/beacon.js';
import { DriftKeeper } from './drift/drift-keeper.js';
import { DriftMetrics } from './drift/drift-metrics.js';
import { observerChecks } from './health/observer-checks.js';
import { HostWatch } from './hosts/host-watch.js';
import { Inspector } from './inspect/inspector.js';
import { Leadership } from './leader/leadership.js';
import { OBSERVER_BUS, OBSERVER_CONFIG, OBSERVER_LOGGER } from './observer.tokens.js';
import { Pauses } from './repair/pauses.js';
import { RepairControl } from './repair/repair-control.js';
import { RepairMetrics } from './repair/repair-metrics.js';
import { Repairer } from './repair/repairer.js';
import { Sweep } from './sweep/sweep.js';
import { DesiredReader } from './view/desired-reader.js';
import { FleetView } from './view/fleet-view.js';
import { HeartbeatConsumer } from './view/heartbeat.consumer.js';
import { Rest } from './view/rest.js';
import { ViewMetrics } from './view/view-metrics.js';
import { VmEventConsumer } from './view/vm-event.consumer.js';

export interface ObserverParts {
  bus: Bus;
  clock: Clock;
  config: ObserverConfig;
  logger: Logger;
}

/** Composition root: heartbeats and desired state in, repair commands out. */
@Module({})
export class ObserverModule {
  static forRoot({ bus, clock, config, logger }: ObserverParts): DynamicModule {
    return {
      module: ObserverModule,
      global: true,
      imports: [
        LoggingModule.forRoot(logger),
        MetricsModule.forRoot({ service: 'observer' }),
        HealthModule.forRootAsync({
          drainMs: config.drainTime,
          inject: [OBSERVER_BUS, DesiredReader, Leadership, RepairControl],
          useFactory: observerChecks,
        }),
      ],
      controllers: [HeartbeatConsumer, VmEventConsumer],
      providers: [
        { provide: OBSERVER_BUS, useValue: bus },
        { provide: CLOCK, useValue: clock },
        { provide: OBSERVER_CONFIG, useValue: config },
        { provide: OBSERVER_LOGGER, useValue: logger },
        FleetView,
        ViewMetrics,
        Rest,
        DesiredReader,
        DriftMetrics,
        DriftKeeper,
        Pauses,
        Leadership,
        RepairMetrics,
        RepairControl,
        Repairer,
        Inspector,
        Sweep,
        HostWatch,
        BeaconSender,
      ],
      exports: [OBSERVER_BUS, DesiredReader, Leadership, RepairControl],
    };
  }
}
