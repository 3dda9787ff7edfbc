import type { Resolvers } from '@topgun/core/crdt';
import { describeSearchError, parseSearchDefinition } from '@topgun/core/search';
import { createPatterns, type Rules } from '@topgun/core/rules';
import { TopGunError } from '@topgun/core/primitives';
import type { SchemaDefinition } from '@topgun/core/schema';
import { toAuthConfig, type AuthConfig, type AuthOptions } from './auth-options.js';
import { faultOfOrigin } from './gateway/allowed-origins.js';
import { toBudgets, type BudgetOptions, type Budgets } from './gateway/budgets/budgets.js';
import { DEFAULT_GATEWAY_LIMITS, type GatewayLimits } from './gateway/gateway-limits.js';
import type { AuditEntry } from './ports/audit-log.js';
import type { Logger } from './ports/environment.js';
import { parseDatabaseUrl } from './prisma/database-url.js';
import { StartError } from './start-error.js';
import { hooksFault } from './services/hooks/hooks-fault.js';
import type { ServerHooks } from './services/hooks/server-hooks.js';
import type { Models } from './services/models/model.js';
import type { Procedures } from './services/procedures/procedure.js';
import { proceduresFault } from './services/procedures/procedures-fault.js';
import { isSystemMap } from './services/crdt/replica-owners.js';
import type { SearchDefinitions } from './services/search/searches.js';
import { DEFAULT_RETENTION, type RetentionOptions } from './services/retention/retention.js';

/** What a server is made of. Everything has a default. */
export interface ServerOptions {
  /** TCP port; 0 takes a free one. Default 8080. */
  readonly port?: number;
  /** Address to listen on. Default: all of this machine's. */
  readonly host?: string;
  /**
   * `file:./topgun.db`: a SQLite file, created when absent. `postgresql://user:password@host:5432/database`: one that exists.
   * `s3://bucket/folder?region=…`: a folder of a bucket that exists.
   */
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
  /** What maps make of writes to what has a value, as `defineResolvers` says it. Without them the later write wins. */
  readonly resolvers?: Resolvers;
  /** What this server does at certain moments: before and after an op, when somebody connects and goes. */
  readonly hooks?: ServerHooks;
  /** What clients may have done here, by `client.call`: by name, a validator of the arguments and what runs. */
  readonly procedures?: Procedures;
  /** MO-1: maps that are tables of the app's own, by map, each with a model of the app's Prisma client, as `model` says it. */
  readonly models?: Models;
  /** What the maps hold, as `defineSchema` says it: what the client is given, once more. Whatever does not fit is refused. */
  readonly schema?: SchemaDefinition;
  /** What of each map's records is searched, by map: what the client is given, once more. Of any other map clients say the fields. */
  readonly search?: SearchDefinitions;
  /** The folder where search indexes are kept, which may be emptied at any time. Default: beside a SQLite database, as `topgun.db-search`; with others, none is kept. `false`: nowhere. */
  readonly searchFolder?: string | false;
  /** PI-35: worker threads that hold the data, so that nothing done to it delays the thread that talks to clients: none, one, or several that each hold a share of it (PI-51). Default: 0. */
  readonly workers?: number;
  /**
   * PI-37: a module that exports, under their names, those of `rules`, `resolvers`, `hooks`, `procedures`, `schema` and `search` that there are. With `workers` they
   * have to be said so: code cannot be given to a thread, it imports it. A path, or a `file:` URL.
   */
  readonly definitions?: string | URL;
  /** JO-1: of which maps it is kept what was changed, by name or pattern (`orders`, `team/*`); everybody reads there what the rules let them. Default: none. */
  readonly journal?: readonly string[];
  /**
   * PI-46: what records may take in memory, in bytes. What nobody needs then leaves memory, and comes back when somebody does; the rest of the process (live queries, indexes,
   * connections) comes on top. Default: all records stay in memory.
   */
  readonly memory?: number;
  /** PI-49: what the records of maps may take, by map, in bytes: writes that make them larger are refused then. Default: as much as there is. */
  readonly quotas?: Readonly<Record<string, number>>;
  readonly limits?: Partial<GatewayLimits>;
  /** PI-38: whether figures of the server are told at `/metrics`, in the form of Prometheus: to whoever reaches the port, or with a text to whoever shows it as bearer token. Default: `false`. */
  readonly metrics?: boolean | string;
  /**
   * What clients may have of this server: of each connection, user and address so many messages, bytes, ops, rows and searched words a second. What is left out is as
   * shipped; `false`: nothing is counted.
   */
  readonly budgets?: BudgetOptions | false;
  /**
   * Of which pages clients are taken, by their origins (`https://app.example.com`); `'*'`: of all. Default: of pages of the host that they connect to, by whatever port.
   */
  readonly allowedOrigins?: readonly string[] | '*';
  /** How many proxies of yours all connections come through, one after another: of `X-Forwarded-For` so many entries are believed. Default: 0, none. */
  readonly trustedProxies?: number;
  /** Is told who was let in, refused, ended or held back, and why, without a word of what is stored. Default: the logger, as `info`. */
  readonly audit?: (entry: AuditEntry) => void;
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
  readonly resolvers: Resolvers | undefined;
  readonly hooks: ServerHooks | undefined;
  readonly procedures: Procedures | undefined;
  readonly models: Models;
  readonly schema: SchemaDefinition | undefined;
  readonly search: SearchDefinitions;
  /** `null`: no index is kept. */
  readonly searchFolder: string | null;
  readonly workers: number;
  /** `undefined`: no journal is kept. */
  readonly journal: ((map: string) => boolean) | undefined;
  /** `undefined`: records stay in memory. */
  readonly memory: number | undefined;
  readonly quotas: ReadonlyMap<string, number>;
  readonly limits: GatewayLimits;
  /** `undefined`: nothing is measured. `token: null`: for whoever reaches the port. */
  readonly metrics: { readonly token: string | null } | undefined;
  /** `undefined`: nothing is counted. */
  readonly budgets: Budgets | undefined;
  readonly allowedOrigins: readonly string[] | '*' | undefined;
  readonly trustedProxies: number;
  readonly audit: (entry: AuditEntry) => void;
  readonly retention: RetentionOptions;
  readonly logger: Logger;
}

export const DEFAULT_PORT = 8080;
export const DEFAULT_DATABASE = 'file:./topgun.db';

/** Throws a `StartError` for options that would leave open what is to be closed. `nodeEnv`: what this process is run as. */
export function toServerConfig(options: ServerOptions, nodeEnv?: string): ServerConfig {
  const { auth, openToEveryone = false, production = nodeEnv === 'production' } = options;
  if (production && auth === undefined && !openToEveryone) throw new StartError('auth', NOT_OPEN);
  checkSeveral(options);
  const logger = options.logger ?? SILENT;
  return {
    auth: auth === undefined ? undefined : toAuthConfig(auth),
    rules: options.rules,
    resolvers: options.resolvers,
    hooks: options.hooks === undefined ? undefined : checkedHooks(options.hooks),
    procedures: options.procedures === undefined ? undefined : checkedProcedures(options.procedures),
    models: options.models ?? {},
    schema: options.schema,
    search: checkedDefinitions(options.search ?? {}, options.schema),
    searchFolder: searchFolderOf(options),
    workers: checkedWorkers(options.workers ?? 0),
    journal: journaledMaps(options.journal ?? []),
    port: options.port ?? DEFAULT_PORT,
    host: options.host,
    database: options.database ?? DEFAULT_DATABASE,
    static: options.static,
    metrics: checkedMetrics(options.metrics ?? false),
    memory: checkedMemory(options),
    quotas: checkedQuotas(options.quotas ?? {}),
    limits: { ...DEFAULT_GATEWAY_LIMITS, ...options.limits },
    budgets: options.budgets === false ? undefined : checkedBudgets(options.budgets ?? {}),
    allowedOrigins: checkedOrigins(options.allowedOrigins),
    trustedProxies: checkedProxies(options.trustedProxies ?? 0),
    audit: options.audit ?? ((entry) => logger.info('audit', entry)),
    retention: { ...DEFAULT_RETENTION, ...options.retention },
    logger,
  };
}

/** Less than this is a mistake: most likely somebody has thought of megabytes. */
export const LEAST_MEMORY = 1024 * 1024;

function checkedMemory({ memory, hooks }: ServerOptions): number | undefined {
  if (memory === undefined) return undefined;
  if (!Number.isSafeInteger(memory) || memory < LEAST_MEMORY) {
    throw new StartError(
      'memory',
      `The memory for records is a whole number of bytes, ${LEAST_MEMORY} at least; not ${memory}.`,
    );
  }
  if (hooks?.beforeOp !== undefined || hooks?.afterOp !== undefined) throw new StartError('memory', NOT_WITH_HOOKS);
  return memory;
}

const NOT_WITH_HOOKS =
  'beforeOp and afterOp may read any record, so all records stay in memory where there are such hooks; leave out either them or memory.';

function checkedQuotas(quotas: Readonly<Record<string, number>>): ReadonlyMap<string, number> {
  for (const [map, bytes] of Object.entries(quotas)) {
    if (Number.isSafeInteger(bytes) && bytes >= 0) continue;
    throw new StartError('quotas', `The quota of ${JSON.stringify(map)} is a whole number of bytes; not ${bytes}.`);
  }
  return new Map(Object.entries(quotas));
}

/** JO-1: the server's own maps are in no journal. */
function journaledMaps(names: readonly string[]): ServerConfig['journal'] {
  if (names.length === 0) return undefined;
  try {
    const isNamed = createPatterns(names.map((name) => [name, true] as const));
    return (map) => isNamed(map) === true && !isSystemMap(map);
  } catch (error) {
    const reason = error instanceof TopGunError ? error.message : String(error);
    throw new StartError('journal', `The journal's maps are of no use: ${reason}`, { cause: error });
  }
}

/** A definition that nothing can be searched by is found at the start, and not by the first who searches. */
function checkedDefinitions(definitions: SearchDefinitions, schema: SchemaDefinition | undefined): SearchDefinitions {
  for (const [map, definition] of Object.entries(definitions)) {
    const parsed = parseSearchDefinition(definition, schema?.of(map));
    if (parsed.ok) continue;
    throw new StartError(
      'search',
      `The search definition of ${map} is of no use: ${describeSearchError(parsed.error)}`,
    );
  }
  return definitions;
}

function searchFolderOf({ searchFolder, database = DEFAULT_DATABASE }: ServerOptions): string | null {
  if (searchFolder !== undefined) return searchFolder === false ? null : searchFolder;
  const file = parseDatabaseUrl(database, process.cwd());
  return file.ok ? `${file.value}-search` : null;
}

function checkedHooks(hooks: ServerHooks): ServerHooks {
  const fault = hooksFault(hooks);
  if (fault !== null) throw new StartError('hooks', `The hooks are of no use: ${fault}.`);
  return hooks;
}

function checkedProcedures(procedures: Procedures): Procedures {
  const fault = proceduresFault(procedures);
  if (fault !== null) throw new StartError('procedures', `The procedures are of no use: ${fault}.`);
  return procedures;
}

function checkedBudgets(options: BudgetOptions): Budgets {
  const { budgets, faults } = toBudgets(options);
  if (faults.length > 0) throw new StartError('limits', faults.join(' '));
  return budgets;
}

function checkedOrigins(allowed: readonly string[] | '*' | undefined): readonly string[] | '*' | undefined {
  const fault = typeof allowed === 'string' ? null : (allowed ?? []).map(faultOfOrigin).find((each) => each !== null);
  if (fault === null || fault === undefined) return allowed;
  throw new StartError('limits', fault);
}

function checkedProxies(count: number): number {
  if (Number.isSafeInteger(count) && count >= 0) return count;
  throw new StartError('limits', `trustedProxies is a whole number from 0, not ${count}.`);
}

function checkedMetrics(option: boolean | string): ServerConfig['metrics'] {
  if (option === '') throw new StartError('metrics', 'The token of metrics is empty.');
  if (option === false) return undefined;
  return { token: option === true ? null : option };
}

function checkedWorkers(count: number): number {
  if (Number.isSafeInteger(count) && count >= 0 && count <= MAX_WORKERS) return count;
  throw new StartError('workers', `workers is a whole number from 0 to ${MAX_WORKERS}, not ${count}.`);
}

/** PI-29: what several workers do not have. */
function checkSeveral({ workers = 0, journal = [] }: ServerOptions): void {
  if (workers < 2) return;
  if (journal.length > 0 && workers > MAX_JOURNAL_WORKERS) {
    const message = `Several workers can be had with a journal up to ${MAX_JOURNAL_WORKERS}, not ${workers}.`;
    throw new StartError('workers', message);
  }
}

/** JO-2: a commit of all of them has no more events than there are places in a commit. */
const MAX_JOURNAL_WORKERS = 16;

/** More would have too few partitions each to be of any use. */
const MAX_WORKERS = 32;

const NOT_OPEN =
  'In production a server does not start without authentication: set auth (--auth-secret, --auth-public-key or --auth-jwks-url), ' +
  'or openToEveryone (--open-to-everyone) if whoever reaches it is meant to read and write everything.';

const nothing = (): void => undefined;
const SILENT: Logger = { debug: nothing, info: nothing, warn: nothing, error: nothing };
