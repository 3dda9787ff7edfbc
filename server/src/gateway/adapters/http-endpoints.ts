import { createHash, timingSafeEqual } from 'node:crypto';
import type { RequestListener } from 'node:http';
import { createStaticFiles } from './static-files.js';

/** What is measured, and who may see it. */
export interface MetricsEndpoint {
  /** `Authorization` has to be `Bearer` and this; `null`: whoever reaches the port may see it. */
  readonly token: string | null;
  readonly read: () => Promise<string>;
}

export interface HttpEndpointsOptions {
  /** Why the server is not ready, in a few words that strangers may read; `null` when it is. */
  readonly whyNotReady: () => string | null;
  /** What is behind although the server is ready, in a few words that strangers may read; `null`: nothing. */
  readonly whatIsBehind?: () => string | null;
  /** PI-38: what answers at `/metrics`; `null`: nothing does, as where it is left out. */
  readonly metrics?: () => MetricsEndpoint | null;
  /** A folder of static files; a path that names none of them gets its `index.html`, as single-page apps want. */
  readonly staticFolder?: string;
}

/** `/health/live`, `/health/ready`, `/metrics` and, where given, static files. What Socket.IO answers does not come here. */
export function createHttpEndpoints({
  metrics = () => null,
  whyNotReady,
  whatIsBehind = () => null,
  staticFolder,
}: HttpEndpointsOptions): RequestListener {
  const serveStatic = staticFolder === undefined ? null : createStaticFiles(staticFolder);
  return (request, response) => {
    const answer = (status: number, body: string, type = 'text/plain; charset=utf-8'): void => {
      response.writeHead(status, { 'content-type': type, 'cache-control': 'no-store' });
      response.end(request.method === 'HEAD' ? undefined : `${body}\n`);
    };
    const measured = metrics();
    const path = (request.url ?? '/').split('?', 1)[0];
    if (request.method !== 'GET' && request.method !== 'HEAD') answer(405, 'method not allowed');
    else if (path === '/health/live') answer(200, 'live');
    else if (path === '/health/ready') {
      const why = whyNotReady();
      if (why !== null) return answer(503, `not ready: ${why}`);
      const behind = whatIsBehind();
      answer(200, behind === null ? 'ready' : `ready, but ${behind}`);
    } else if (path === '/metrics' && measured !== null) {
      if (isAllowed(measured, request.headers.authorization)) {
        measured.read().then(
          (text) => answer(200, text.trimEnd(), PROMETHEUS_TEXT),
          () => answer(500, 'the figures could not be read'),
        );
      } else answer(401, 'not permitted');
    } else if (serveStatic === null) answer(404, 'not found');
    else serveStatic(request, response, () => answer(404, 'not found'));
  };
}

/** The form that Prometheus and what scrapes like it reads. */
const PROMETHEUS_TEXT = 'text/plain; version=0.0.4; charset=utf-8';

/** In a time that says nothing of how much of it is right. */
function isAllowed({ token }: MetricsEndpoint, authorization = ''): boolean {
  if (token === null) return true;
  const [shown, wanted] = [digest(authorization), digest(`Bearer ${token}`)];
  return timingSafeEqual(shown, wanted);
}

const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
