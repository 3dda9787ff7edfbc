import { DEFAULT_GATEWAY_LIMITS, type GatewayLimits } from './gateway/gateway-limits.js';
import type { Logger } from './ports/environment.js';
import { DEFAULT_RETENTION, type RetentionOptions } from './services/retention/retention.js';

/** What a server is made of. Everything has a default. */
export interface ServerOptions {
  /** TCP port; 0 takes a free one. Default 8080. */
  readonly port?: number;
  /** Address to listen on. Default: all of this machine's. */
  readonly host?: string;
  /** `file:./topgun.db`: a SQLite file, created when absent. */
  readonly database?: string;
  /** A folder of static files to serve beside the data: a built app. */
  readonly static?: string;
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
  readonly limits: GatewayLimits;
  readonly retention: RetentionOptions;
  readonly logger: Logger;
}

export const DEFAULT_PORT = 8080;
export const DEFAULT_DATABASE = 'file:./topgun.db';

export function toServerConfig(options: ServerOptions): ServerConfig {
  return {
    port: options.port ?? DEFAULT_PORT,
    host: options.host,
    database: options.database ?? DEFAULT_DATABASE,
    static: options.static,
    limits: { ...DEFAULT_GATEWAY_LIMITS, ...options.limits },
    retention: { ...DEFAULT_RETENTION, ...options.retention },
    logger: options.logger ?? SILENT,
  };
}

const nothing = (): void => undefined;
const SILENT: Logger = { debug: nothing, info: nothing, warn: nothing, error: nothing };
