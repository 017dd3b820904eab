import type { INestApplication } from '@nestjs/common';
import { DocumentBuilder, type OpenAPIObject, SwaggerModule } from '@nestjs/swagger';
import { ProblemView } from '#libs/contracts/http';

const VERSION = '0.1.0';

function makeOpenApi(app: INestApplication): OpenAPIObject {
  const config = new DocumentBuilder()
    .setTitle('VMAN')
    .setDescription('A fleet of QEMU virtual machines behind one REST API, kept coherent.')
    .setVersion(VERSION)
    .addBearerAuth({ type: 'http', scheme: 'bearer' })
    .addSecurityRequirements('bearer')
    .addGlobalResponse({ status: 'default', description: 'Problem (RFC 9457)', type: ProblemView })
    .build();
  return SwaggerModule.createDocument(app, config, { extraModels: [ProblemView] });
}

/** `/docs` for people, `/openapi.json` and `/openapi.yaml` for programs; all assets are our own. */
export function serveOpenApi(app: INestApplication): void {
  SwaggerModule.setup('docs', app, makeOpenApi(app), {
    jsonDocumentUrl: 'openapi.json',
    yamlDocumentUrl: 'openapi.yaml',
    customSiteTitle: 'VMAN API',
  });
}
