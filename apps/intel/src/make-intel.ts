import { NestFactory } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { JetStreamStrategy, ProtobufNatsServer } from '#libs/bus';
import { NestLogger } from '#libs/logging';
import { ConsoleGateway } from './console/console-gateway.js';
import {
  acceptEmptyJson,
  acceptMergePatch,
  acceptUploads,
  makeFastifyAdapter,
  serveOpenApi,
  TokenLookup,
} from './http/index.js';
import { IntelModule, type IntelParts } from './intel.module.js';

/** The members of this group share the heartbeats and the questions of the hosts. */
const QUEUE = 'intel';

/** The whole app, ready to listen: REST API, handlers of the bus, relay. */
export async function makeIntel(parts: IntelParts): Promise<NestFastifyApplication> {
  const app = await NestFactory.create<NestFastifyApplication>(
    IntelModule.forRoot(parts),
    makeFastifyAdapter(),
    {
      bufferLogs: true,
      abortOnError: false,
      bodyParser: false,
    },
  );
  app.useLogger(app.get(NestLogger));
  app.flushLogs();
  app.get(TokenLookup).attach(app.getHttpAdapter().getInstance());
  acceptEmptyJson(app.getHttpAdapter().getInstance());
  acceptMergePatch(app.getHttpAdapter().getInstance());
  acceptUploads(app.getHttpAdapter().getInstance());
  serveOpenApi(app);
  app.connectMicroservice({ strategy: new JetStreamStrategy({ bus: parts.bus }) });
  app.connectMicroservice({ strategy: new ProtobufNatsServer({ bus: parts.bus, queue: QUEUE }) });
  await app.init();
  await app.startAllMicroservices();
  app.get(ConsoleGateway).attach(app.getHttpServer());
  return app;
}
