import { Inject, Injectable, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { type Bus, StreamReader } from '#libs/bus';
import { DESIRED_STREAM, type DesiredVm, desiredVmCodec, subjects } from '#libs/contracts';
import { OBSERVER_BUS, OBSERVER_LOGGER, type ObserverLogger } from '../observer.tokens.js';
import { Repairer } from '../repair/repairer.js';
import { FleetView } from './fleet-view.js';

/** Reads the whole desired state of the fleet into the view and follows it. */
@Injectable()
export class DesiredReader implements OnApplicationBootstrap, OnApplicationShutdown {
  private reader: StreamReader<DesiredVm> | undefined;

  constructor(
    @Inject(OBSERVER_BUS) private readonly bus: Bus,
    @Inject(OBSERVER_LOGGER) private readonly logger: ObserverLogger,
    private readonly view: FleetView,
    private readonly repairer: Repairer,
  ) {}

  /** Whether the view holds all that is desired, under the present connection. */
  get ready(): boolean {
    return this.reader?.caughtUp ?? false;
  }

  onApplicationBootstrap(): void {
    this.reader = new StreamReader(this.bus, DESIRED_STREAM, subjects.allDesired, desiredVmCodec, {
      onMessage: (vm) => {
        this.view.applyDesired(vm);
        void this.repairer.inspect(vm.hostId, vm.vmId);
      },
      onReset: () => this.view.forgetDesired(),
      onCaughtUp: () => this.logger.info({ vms: this.view.size.desired }, 'desired state read'),
    }).start();
  }

  async onApplicationShutdown(): Promise<void> {
    await this.reader?.stop();
  }
}
