import type { INestApplication } from '@nestjs/common';
import { DocumentBuilder, type OpenAPIObject, SwaggerModule } from '@nestjs/swagger';
import * as contracts from '#libs/contracts/http';
import { completeDocument } from './complete-document.js';
import { describeLimits } from './describe-limits.js';
import type { Document } from './document.js';

const VERSION = '0.1.0';
const DESCRIPTION = `A fleet of QEMU virtual machines behind one REST API, kept coherent.

Changes answer at once with an operation that can be followed. Failures are problems (RFC 9457) with a stable \`code\`.
Ids are UUIDs, times RFC 3339 in UTC, units are part of the names.`;

/** The description of all routes; openapi/intel.yaml is generated from it. */
export function makeOpenApi(app: INestApplication): OpenAPIObject {
  describeLimits(Object.values(contracts));
  const config = new DocumentBuilder()
    .setOpenAPIVersion('3.1.0')
    .setTitle('VMAN')
    .setDescription(DESCRIPTION)
    .setVersion(VERSION)
    .setLicense('Apache-2.0', '')
    .setContact('VMAN', '', '')
    .addServer('/')
    .addBearerAuth({
      type: 'http',
      scheme: 'bearer',
      bearerFormat: 'opaque',
      description: 'An API token: `Authorization: Bearer <token>`. It is shown once, when it is made.',
    })
    .addSecurityRequirements('bearer')
    .build();
  const { info } = config;
  const whole = SwaggerModule.createDocument(
    app,
    {
      ...config,
      info: { ...info, license: { name: 'Apache-2.0', identifier: 'Apache-2.0' }, contact: { name: 'VMAN' } },
      servers: [
        { url: '/', description: 'This server, in production or local.', 'x-internal': true } as object,
      ],
    } as typeof config,
    { extraModels: [contracts.ProblemView, contracts.DryRunView], operationIdFactory },
  );
  return completeDocument(whole as unknown as Document) as unknown as OpenAPIObject;
}

/** `vmsCreate`, `vmStart`: names for those who generate a client. */
function operationIdFactory(controller: string, method: string): string {
  const noun = controller.replace(/(Verbs)?Controller$/, '');
  return `${noun.charAt(0).toLowerCase()}${noun.slice(1)}${method.charAt(0).toUpperCase()}${method.slice(1)}`;
}

/** `/docs` for people, `/openapi.json` and `/openapi.yaml` for programs; all assets are our own. */
export function serveOpenApi(app: INestApplication): void {
  SwaggerModule.setup('docs', app, makeOpenApi(app), {
    jsonDocumentUrl: 'openapi.json',
    yamlDocumentUrl: 'openapi.yaml',
    customSiteTitle: 'VMAN API',
  });
}
