import { Inject, Injectable, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { type Bus, StreamReader } from '#libs/bus';
import { CLOCK, type Clock } from '#libs/clock';
import { DESIRED_STREAM, type DesiredVm, desiredVmCodec, subjects } from '#libs/contracts';
import { OBSERVER_BUS, OBSERVER_LOGGER, type ObserverLogger } from '../observer.tokens.js';
import { FleetView } from './fleet-view.js';
import { Rest } from './rest.js';

/** Reads the whole desired state of the fleet into the view and follows it. */
@Injectable()
export class DesiredReader implements OnApplicationBootstrap, OnApplicationShutdown {
  private reader: StreamReader<DesiredVm> | undefined;
  private tellVm: (vmId: string) => void = () => {};
  private readonly readers: (() => void)[] = [];

  constructor(
    @Inject(OBSERVER_BUS) private readonly bus: Bus,
    @Inject(OBSERVER_LOGGER) private readonly logger: ObserverLogger,
    @Inject(CLOCK) private readonly clock: Clock,
    private readonly view: FleetView,
    private readonly rest: Rest,
  ) {}

  /** Whether the view holds all that lies on the bus, under the present connection. */
  get ready(): boolean {
    return this.reader?.caughtUp ?? false;
  }

  /** Told of each desired state that comes. */
  onVm(tell: (vmId: string) => void): void {
    this.tellVm = tell;
  }

  /** Told each time that all was read. */
  onRead(tell: () => void): void {
    this.readers.push(tell);
  }

  onApplicationBootstrap(): void {
    this.reader = new StreamReader(this.bus, DESIRED_STREAM, subjects.allDesired, desiredVmCodec, {
      onMessage: (vm) => {
        this.view.applyDesired(vm, this.clock.now());
        this.tellVm(vm.vmId);
      },
      onReset: () => {
        this.rest.beginReading();
        this.view.forgetDesired();
      },
      onSeedMarker: () => this.rest.sawMarker(),
      onCaughtUp: () => {
        this.rest.readAll();
        this.logger.info({ vms: this.view.size.desired }, 'desired state read');
        for (const tell of this.readers) tell();
      },
    }).start();
  }

  async onApplicationShutdown(): Promise<void> {
    await this.reader?.stop();
  }
}
