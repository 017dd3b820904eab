import { FastifyAdapter } from '@nestjs/platform-fastify';
import type { FastifyBodyParser, FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { VmanError } from '#libs/errors';
import { contextOfRequest } from '#libs/logging';
import { refuseHostileText } from './hostile-text.js';
import { problemOf } from './problem.js';
import { addETags } from './version.js';

/** Room for the largest cloud-init and no more. */
const BODY_LIMIT_BYTES = 1024 * 1024;

/** As much of an address as an answer gives back. */
const INSTANCE_MAX = 200;

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
    frameworkErrors: answerUnroutable,
  });
  const fastify: FastifyInstance = adapter.getInstance();
  // Fastify would take plain text for a body, of any route.
  fastify.removeContentTypeParser('text/plain');
  addSecurityHeaders(fastify);
  addETags(fastify);
  fastify.addHook('preValidation', async (request) => refuseHostileText(request));
  refuseForms(adapter);
  return adapter;
}

/** A page of anybody can make a browser send a form; Nest would take it for a body. */
function refuseForms(adapter: FastifyAdapter): void {
  const refuse: FastifyBodyParser<Buffer> = (_request, _body, done) =>
    done(new VmanError('unsupported_media_type', 'The body is not application/json.'));
  adapter.useBodyParser('application/x-www-form-urlencoded', false, { bodyLimit: BODY_LIMIT_BYTES }, refuse);
}

/** What the router itself gives up on: addresses that are no text, or longer than any name. */
function answerUnroutable(error: FastifyError, request: FastifyRequest, reply: FastifyReply): void {
  const { requestId } = contextOfRequest(request.raw);
  void reply.header('x-request-id', requestId);
  const broken = error.code === 'FST_ERR_BAD_URL';
  const known = broken
    ? new VmanError('invalid_input', 'The address is not valid.', {
        fields: [{ field: 'path', code: 'invalid', message: 'must be percent-encoded UTF-8' }],
      })
    : new VmanError('not_found', 'There is no resource of this name.');
  const problem = problemOf(known, (request.url.split('?')[0] ?? '').slice(0, INSTANCE_MAX), requestId);
  void reply.status(problem.status).type('application/problem+json; charset=utf-8').send(problem);
}

/** Clients send the type also where there is nothing to send: an empty body is none. */
export function acceptEmptyJson(fastify: FastifyInstance): void {
  const parse = fastify.getDefaultJsonParser('error', 'error');
  fastify.addContentTypeParser('application/json', { parseAs: 'string' }, (request, body, done) => {
    if (body.length === 0) done(null, undefined);
    else void parse(request, body as string, done);
  });
}

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
