import type { ArrivedFrom } from './caller.js';

/** Whether pages of this origin may connect. */
export type AllowsOrigin = (from: Pick<ArrivedFrom, 'origin' | 'host'>) => boolean;

/** Names of one's own machine: a page of a development server there is meant. */
const LOOPBACK: ReadonlySet<string> = new Set(['localhost', '127.0.0.1', '[::1]']);

/**
 * AB-4: of which pages clients are taken. `undefined`: of pages of the host that they connect to, by whatever port, and on one's own machine by whatever name of it. A list
 * names origins (`https://app.example.com`), and them alone; `'*'` takes all. What says no origin is no page of another site, since browsers say it: it is let
 * in, for this protects users of browsers from foreign pages and nobody from anything else.
 */
export function createAllowedOrigins(allowed: readonly string[] | '*' | undefined): AllowsOrigin {
  if (allowed === '*') return () => true;
  const listed = allowed === undefined ? null : new Set(allowed.map(normalized));
  return ({ origin, host }) => {
    if (origin === undefined) return true;
    if (listed !== null) return listed.has(normalized(origin));
    const page = hostnameOf(origin);
    const server = host === undefined ? null : hostnameOf(`http://${host}`);
    if (page === null || server === null) return false;
    return page === server || (LOOPBACK.has(page) && LOOPBACK.has(server));
  };
}

/** A sentence about what is no origin; `null`: it is one. */
export const faultOfOrigin = (origin: string): string | null =>
  origin === 'null' || (URL.canParse(origin) && new URL(origin).pathname.length <= 1 && !origin.endsWith('/'))
    ? null
    : `allowedOrigins has ${JSON.stringify(origin)}; an origin is as https://app.example.com, without a path.`;

const normalized = (origin: string): string => origin.toLowerCase();

const hostnameOf = (url: string): string | null => (URL.canParse(url) ? new URL(url).hostname.toLowerCase() : null);
