import { describeSearchError, parseSearchDefinition } from '@topgun/core/search';
import type { Rules } from '@topgun/core/rules';
import { toAuthConfig, type AuthConfig, type AuthOptions } from './auth-options.js';
import { DEFAULT_GATEWAY_LIMITS, type GatewayLimits } from './gateway/gateway-limits.js';
import type { Logger } from './ports/environment.js';
import { StartError } from './start-error.js';
import { hooksFault } from './services/hooks/hooks-fault.js';
import type { ServerHooks } from './services/hooks/server-hooks.js';
import type { SearchDefinitions } from './services/search/searches.js';
import { DEFAULT_RETENTION, type RetentionOptions } from './services/retention/retention.js';

/** What a server is made of. Everything has a default. */
export interface ServerOptions {
  /** TCP port; 0 takes a free one. Default 8080. */
  readonly port?: number;
  /** Address to listen on. Default: all of this machine's. */
  readonly host?: string;
  /** `file:./topgun.db`: a SQLite file, created when absent. `postgresql://user:password@host:5432/database`: one that exists. */
  readonly database?: string;
  /** A folder of static files to serve beside the data: a built app. */
  readonly static?: string;
  /** How clients prove who they are. Without it nobody is asked: everybody may read and write everything. */
  readonly auth?: AuthOptions;
  /** Whether the server refuses to start where it would be open to everybody. Default: when `NODE_ENV` is `production`. */
  readonly production?: boolean;
  /** In production, that a server without `auth` is meant to be so: whoever reaches it may read and write everything. */
  readonly openToEveryone?: boolean;
  /** Who may read and write what, as `defineRules` says it. Without them whoever is let in may read and write everything. */
  readonly rules?: Rules;
  /** What this server does at certain moments: before and after an op, when somebody connects and goes. */
  readonly hooks?: ServerHooks;
  /** What of each map's records is searched, by map: what the client is given, once more. Of any other map clients say the fields. */
  readonly search?: SearchDefinitions;
  readonly limits?: Partial<GatewayLimits>;
  /** How long is kept what no longer shows. */
  readonly retention?: Partial<RetentionOptions>;
  /** Default: nothing is logged. */
  readonly logger?: Logger;
}

export interface ServerConfig {
  readonly port: number;
  readonly host: string | undefined;
  readonly database: string;
  readonly static: string | undefined;
  /** `undefined`: nobody is asked who they are. */
  readonly auth: AuthConfig | undefined;
  readonly rules: Rules | undefined;
  readonly hooks: ServerHooks | undefined;
  readonly search: SearchDefinitions;
  readonly limits: GatewayLimits;
  readonly retention: RetentionOptions;
  readonly logger: Logger;
}

export const DEFAULT_PORT = 8080;
export const DEFAULT_DATABASE = 'file:./topgun.db';

/** Throws a `StartError` for options that would leave open what is to be closed. `nodeEnv`: what this process is run as. */
export function toServerConfig(options: ServerOptions, nodeEnv?: string): ServerConfig {
  const { auth, openToEveryone = false, production = nodeEnv === 'production' } = options;
  if (production && auth === undefined && !openToEveryone) throw new StartError('auth', NOT_OPEN);
  return {
    auth: auth === undefined ? undefined : toAuthConfig(auth),
    rules: options.rules,
    hooks: options.hooks === undefined ? undefined : checkedHooks(options.hooks),
    search: checkedDefinitions(options.search ?? {}),
    port: options.port ?? DEFAULT_PORT,
    host: options.host,
    database: options.database ?? DEFAULT_DATABASE,
    static: options.static,
    limits: { ...DEFAULT_GATEWAY_LIMITS, ...options.limits },
    retention: { ...DEFAULT_RETENTION, ...options.retention },
    logger: options.logger ?? SILENT,
  };
}

/** A definition that nothing can be searched by is found at the start, and not by the first who searches. */
function checkedDefinitions(definitions: SearchDefinitions): SearchDefinitions {
  for (const [map, definition] of Object.entries(definitions)) {
    const parsed = parseSearchDefinition(definition);
    if (parsed.ok) continue;
    throw new StartError(
      'search',
      `The search definition of ${map} is of no use: ${describeSearchError(parsed.error)}`,
    );
  }
  return definitions;
}

function checkedHooks(hooks: ServerHooks): ServerHooks {
  const fault = hooksFault(hooks);
  if (fault !== null) throw new StartError('hooks', `The hooks are of no use: ${fault}.`);
  return hooks;
}

const NOT_OPEN =
  'In production a server does not start without authentication: set auth (--auth-secret, --auth-public-key or --auth-jwks-url), ' +
  'or openToEveryone (--open-to-everyone) if whoever reaches it is meant to read and write everything.';

const nothing = (): void => undefined;
const SILENT: Logger = { debug: nothing, info: nothing, warn: nothing, error: nothing };
