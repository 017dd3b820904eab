import { histogram } from './metrics.js';

/** What is needed of a Fastify instance. */
export interface ResponseHooks {
  addHook(
    name: 'onResponse',
    hook: (request: SeenRequest, reply: SeenReply, done: () => void) => void,
  ): unknown;
}
interface SeenRequest {
  method: string;
  routeOptions: { url?: string };
}
interface SeenReply {
  statusCode: number;
  /** Milliseconds. */
  elapsedTime: number;
}

const METHODS = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']);

/** Times each request by its route, never by its path: a stranger cannot make new label values. */
export function measureRequests(fastify: ResponseHooks): void {
  const duration = histogram({
    name: 'vman_http_request_duration_seconds',
    help: 'Time from the first byte of a request to the end of its response.',
    labelNames: ['method', 'route', 'status'],
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30],
  });
  fastify.addHook('onResponse', (request, reply, done) => {
    const labels = {
      method: METHODS.has(request.method) ? request.method : 'OTHER',
      route: request.routeOptions.url ?? 'unmatched',
      status: String(reply.statusCode),
    };
    duration.observe(labels, reply.elapsedTime / 1000);
    done();
  });
}
