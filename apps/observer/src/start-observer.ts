import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { ProtobufNatsServer } from '#libs/bus';
import { NestLogger } from '#libs/logging';
import { ObserverModule, type ObserverParts } from './observer.module.js';

/** Starts the observer: its listener for health and metrics, and its ears on the bus. */
export async function startObserver(parts: ObserverParts): Promise<NestFastifyApplication> {
  const app = await NestFactory.create<NestFastifyApplication>(
    ObserverModule.forRoot(parts),
    new FastifyAdapter(),
    { bufferLogs: true },
  );
  app.useLogger(app.get(NestLogger));
  app.connectMicroservice({ strategy: new ProtobufNatsServer({ bus: parts.bus }) });
  await app.startAllMicroservices();
  await app.listen(parts.config.observerPort, parts.config.observerAddress);
  return app;
}
