import type { INestApplication } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { Bus, dialBy, inboxOf, JetStreamStrategy, ProtobufNatsServer } from '#libs/bus';
import { systemClock } from '#libs/clock';
import type { OperatorConfig } from '#libs/config';
import { type Logger, NestLogger } from '#libs/logging';
import { showHost } from './metrics/host-metrics.js';
import { prometheusMeasure } from './metrics/prometheus-measure.js';
import { showVms } from './metrics/vm-metrics.js';
import { SERVICE } from './operator.config.js';
import { Operator } from './operator.js';
import { OperatorModule } from './operator.module.js';
import { openStorage } from './storage/open-storage.js';

export interface StartedOperator {
  app: INestApplication;
  operator: Operator;
  bus: Bus;
}

/** Opens the storage, adopts what runs, listens on the bus and serves health and metrics. */
export async function startOperator(config: OperatorConfig, logger: Logger): Promise<StartedOperator> {
  const storage = await openStorage(config, systemClock);
  const { hostId } = storage;
  const bus = Bus.open({
    ...dialBy(config),
    inboxPrefix: inboxOf(hostId),
    name: `${SERVICE}-${hostId}`,
    logger,
  });
  const operator = await Operator.open({
    config,
    storage,
    bus,
    clock: systemClock,
    logger,
    measure: prometheusMeasure(),
  });
  showHost(operator, config.hostName);
  if (config.vmMetrics) showVms(operator);
  const app = await NestFactory.create(
    OperatorModule.forRoot({ operator, storage, bus, logger }),
    new FastifyAdapter(),
    { bufferLogs: true },
  );
  app.useLogger(app.get(NestLogger));
  app.enableShutdownHooks();
  app.connectMicroservice({ strategy: new ProtobufNatsServer({ bus, host: hostId }) });
  app.connectMicroservice({ strategy: new JetStreamStrategy({ bus, host: hostId }) });
  operator.start();
  await app.startAllMicroservices();
  await app.listen(config.operatorPort, config.operatorAddress);
  return { app, operator, bus };
}
