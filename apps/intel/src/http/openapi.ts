import type { INestApplication } from '@nestjs/common';
import { DocumentBuilder, getSchemaPath, type OpenAPIObject, SwaggerModule } from '@nestjs/swagger';
import { ProblemView } from '#libs/contracts/http';

const VERSION = '0.1.0';

/** The description of all routes; openapi/intel.yaml is generated from it. */
export function makeOpenApi(app: INestApplication): OpenAPIObject {
  const config = new DocumentBuilder()
    .setTitle('VMAN')
    .setDescription('A fleet of QEMU virtual machines behind one REST API, kept coherent.')
    .setVersion(VERSION)
    .addBearerAuth({ type: 'http', scheme: 'bearer' })
    .addSecurityRequirements('bearer')
    .addGlobalResponse({
      status: 'default',
      description: 'Problem (RFC 9457)',
      content: { 'application/problem+json': { schema: { $ref: getSchemaPath(ProblemView) } } },
    })
    .build();
  return SwaggerModule.createDocument(app, config, { extraModels: [ProblemView], operationIdFactory });
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
