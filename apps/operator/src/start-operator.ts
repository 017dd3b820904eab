import type { INestApplication } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { Bus, dialBy, inboxOf, JetStreamStrategy, ProtobufNatsServer } from '#libs/bus';
import { delay, systemClock } from '#libs/clock';
import type { OperatorConfig } from '#libs/config';
import { Liveness } from '#libs/health';
import { type Logger, NestLogger } from '#libs/logging';
import { Admission } from './identity/admission.js';
import { readIdentity } from './identity/read-identity.js';
import { showHost } from './metrics/host-metrics.js';
import { prometheusMeasure } from './metrics/prometheus-measure.js';
import { showVms } from './metrics/vm-metrics.js';
import { SERVICE } from './operator.config.js';
import { Operator } from './operator.js';
import { OperatorModule } from './operator.module.js';
import { openStorage } from './storage/open-storage.js';

const STARTED_MS = 2_000;
/** A heartbeat, with all that is looked at beside it, never takes so long. */
const STUCK_MS = 120_000;

export interface StartedOperator {
  app: INestApplication;
  operator: Operator;
  bus: Bus;
}

/** Opens the storage, adopts what runs, listens on the bus and serves health and metrics. */
export async function startOperator(config: OperatorConfig, logger: Logger): Promise<StartedOperator> {
  const storage = await openStorage(config, systemClock);
  const { hostId } = storage;
  logger.setBindings({ hostId });
  const bus = Bus.open({
    ...dialBy(config),
    inboxPrefix: inboxOf(hostId),
    name: `${SERVICE}-${hostId}`,
    logger,
  });
  const identity = await readIdentity(config.storagePath, storage.incarnation);
  const admission = new Admission({
    bus,
    clock: systemClock,
    logger,
    hostId,
    hostName: config.hostName,
    identity,
    record: { path: storage.paths.host, isNew: storage.isNew, admitted: storage.admitted },
  });
  const liveness = new Liveness();
  const operator = await Operator.open({
    config,
    storage,
    identity,
    bus,
    clock: systemClock,
    logger,
    measure: prometheusMeasure(),
    turned: liveness.watch('heartbeat', STUCK_MS),
  });
  showHost(operator, config.hostName);
  if (config.vmMetrics) showVms(operator);
  const app = await NestFactory.create(
    OperatorModule.forRoot({
      operator,
      admission,
      storage,
      bus,
      logger,
      liveness,
      drainMs: config.drainTime,
    }),
    new FastifyAdapter(),
    { bufferLogs: true },
  );
  app.useLogger(app.get(NestLogger));
  app.enableShutdownHooks();
  app.connectMicroservice({ strategy: new ProtobufNatsServer({ bus, host: hostId }) });
  app.connectMicroservice({ strategy: new JetStreamStrategy({ bus, host: hostId }) });
  await app.listen(config.operatorPort, config.operatorAddress);
  const passed = admission.pass(
    () => operator.start(),
    () => app.startAllMicroservices(),
  );
  passed.catch((error) => logger.fatal({ err: error }, 'the operator cannot work'));
  // Mostly at once; whoever waits for an answer serves its health meanwhile.
  await Promise.race([passed, delay(systemClock, STARTED_MS)]);
  admission.watch(() => void standDown(app, logger));
  return { app, operator, bus };
}

/** The next start waits until it is let in again. */
async function standDown(app: INestApplication, logger: Logger): Promise<void> {
  logger.fatal('another machine is this host now; what runs here goes on, and nothing else is done');
  await app.close();
  process.exit(1);
}
