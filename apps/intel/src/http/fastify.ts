import { FastifyAdapter } from '@nestjs/platform-fastify';
import type { FastifyInstance } from 'fastify';
import { VmanError } from '#libs/errors';

/** Room for the largest cloud-init and no more. */
const BODY_LIMIT_BYTES = 1024 * 1024;

const API_CSP = "default-src 'none'; frame-ancestors 'none'";
const DOCS_CSP =
  "default-src 'self'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; frame-ancestors 'none'";

export function makeFastifyAdapter(): FastifyAdapter {
  const adapter = new FastifyAdapter({
    bodyLimit: BODY_LIMIT_BYTES,
    forceCloseConnections: 'idle',
    return503OnClosing: true,
    // Any other upgrade that a client offers (h2c) is declined by answering as if it had not.
    http: { shouldUpgradeCallback: ({ headers }) => headers.upgrade?.toLowerCase() === 'websocket' },
    routerOptions: { maxParamLength: 200 },
  });
  const fastify: FastifyInstance = adapter.getInstance();
  addSecurityHeaders(fastify);
  return adapter;
}

/** After Nest has added its own parsers. */
export function acceptMergePatch(fastify: FastifyInstance): void {
  fastify.addContentTypeParser(
    'application/merge-patch+json',
    { parseAs: 'string' },
    fastify.getDefaultJsonParser('error', 'error'),
  );
}

/** The body of an upload stays a stream, which its route reads; no other route takes bytes. */
export function acceptUploads(fastify: FastifyInstance): void {
  fastify.addContentTypeParser('application/octet-stream', (request, _payload, done) => {
    if (request.method === 'PUT' && request.routeOptions.url?.endsWith('/content')) return done(null);
    done(new VmanError('unsupported_media_type', 'This route takes no bytes.'));
  });
}

function addSecurityHeaders(fastify: FastifyInstance): void {
  fastify.addHook('onSend', async (request, reply) => {
    void reply.headers({
      'x-content-type-options': 'nosniff',
      'x-frame-options': 'DENY',
      'referrer-policy': 'no-referrer',
      'cross-origin-resource-policy': 'same-origin',
      // No other origin than this one, in so many words.
      'access-control-allow-origin': `${request.protocol}://${request.host}`,
      'content-security-policy': request.url.startsWith('/docs') ? DOCS_CSP : API_CSP,
      ...(reply.hasHeader('cache-control') ? {} : { 'cache-control': 'no-store' }),
    });
  });
}
