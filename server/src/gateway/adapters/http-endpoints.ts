import type { RequestListener } from 'node:http';
import sirv from 'sirv';

export interface HttpEndpointsOptions {
  /** Why the server is not ready, in a few words that strangers may read; `null` when it is. */
  readonly whyNotReady: () => string | null;
  /** A folder of static files; a path that names none of them gets its `index.html`, as single-page apps want. */
  readonly staticFolder?: string;
}

/** `/health/live`, `/health/ready` and, where given, static files. What Socket.IO answers does not come here. */
export function createHttpEndpoints({ whyNotReady, staticFolder }: HttpEndpointsOptions): RequestListener {
  const serveStatic =
    staticFolder === undefined ? null : sirv(staticFolder, { single: true, etag: true, dotfiles: false });
  return (request, response) => {
    const answer = (status: number, body: string): void => {
      response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8', 'cache-control': 'no-store' });
      response.end(request.method === 'HEAD' ? undefined : `${body}\n`);
    };
    const path = (request.url ?? '/').split('?', 1)[0];
    if (request.method !== 'GET' && request.method !== 'HEAD') answer(405, 'method not allowed');
    else if (path === '/health/live') answer(200, 'live');
    else if (path === '/health/ready') {
      const why = whyNotReady();
      answer(why === null ? 200 : 503, why === null ? 'ready' : `not ready: ${why}`);
    } else if (serveStatic === null) answer(404, 'not found');
    else serveStatic(request, response, () => answer(404, 'not found'));
  };
}
