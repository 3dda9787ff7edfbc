import { assertNever } from '@topgun/core/primitives';
import { Command, InvalidArgumentError, Option } from 'commander';
import { addAuthFlags, toAuthOptions, type AuthFlags } from './adapters/auth-flags.js';
import { addLimitFlags, toLimitOptions, type LimitFlags } from './adapters/limit-flags.js';
import { createPinoLogger, LOG_LEVELS, type LogLevel } from './adapters/pino-logger.js';
import { DEFAULT_DATABASE, DEFAULT_PORT } from './config.js';
import { createServer } from './create-server.js';
import { DEFAULT_GATEWAY_LIMITS } from './gateway/gateway-limits.js';
import { DEFAULT_RETENTION } from './services/retention/retention.js';
import type { ServerAddress, ServerHalt } from './service.js';
import { StartError } from './start-error.js';

export interface RunningServer {
  readonly address: ServerAddress;
  /** Drains and closes. The process goes on. */
  stop(): Promise<void>;
}

interface Flags extends AuthFlags, LimitFlags {
  readonly port: number;
  readonly host?: string;
  readonly database: string;
  readonly static?: string;
  readonly tombstonesMs: number;
  readonly journal?: readonly string[];
  readonly journalMs: number;
  readonly recordBytes: number;
  readonly workers: number;
  readonly definitions?: string;
  readonly metrics?: string | true;
  readonly logLevel: LogLevel;
}

/**
 * The `topgun-server` command: `argv` are the arguments after the command's name. Listens, says where on stdout, and
 * drains at SIGINT or SIGTERM. What keeps it from starting is one sentence on stderr and exit code 1.
 */
export async function runServer(argv: readonly string[]): Promise<RunningServer> {
  const flags = readFlags(argv);
  const logger = createPinoLogger(flags.logLevel);
  try {
    const server = await createServer({ ...toOptions(flags), logger });
    let stopping: Promise<void> | null = null;
    const stop = (): Promise<void> => (stopping ??= server.drain());
    const end = (code: number): void => {
      // Set first: if draining fails, the process must still not pass for one that ended well.
      process.exitCode = code;
      stop().then(
        () => process.exit(),
        (error: unknown) => {
          console.error(`The server did not shut down cleanly: ${String(error)}`);
          process.exit(1);
        },
      );
    };
    server.onHalt((why) => {
      console.error(haltSentence(why));
      end(1);
    });
    // Both may come twice, from a terminal and from npm: `on`, never `once`, which would let the second kill.
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => end(0));
    const address = await server.listen();
    console.log(`TopGun is listening on ${address.url}`);
    return { address, stop };
  } catch (error) {
    if (!(error instanceof StartError)) throw error;
    console.error(error.message);
    return process.exit(1);
  }
}

function haltSentence(why: ServerHalt): string {
  switch (why.code) {
    case 'fenced':
      return 'Another TopGun server has taken over this database; this one stops.';
    case 'ledger-lost':
      return 'The database cannot be written or read any more; this server stops. What was acknowledged is safe in it.';
    case 'ledger-damaged':
    case 'host-lost':
      return why.message;
    default:
      return assertNever(why);
  }
}

function readFlags(argv: readonly string[]): Flags {
  const command = new Command('topgun-server')
    .description('Serves TopGun maps from memory, durably. Every option is also an environment variable.')
    .addHelpText(
      'after',
      '\nRules are tested by: topgun-server rules test <file>\nA database is looked after by: topgun-server backup, restore, export, import, verify, compact; each has its own --help',
    )
    .addOption(
      new Option('--port <number>', 'TCP port; 0 takes a free one')
        .env('TOPGUN_PORT')
        .default(DEFAULT_PORT)
        .argParser(toPort),
    )
    .addOption(new Option('--host <address>', 'address to listen on; all when left out').env('TOPGUN_HOST'))
    .addOption(
      new Option(
        '--database <url>',
        'file:… is a SQLite file, created when absent; postgresql://… a database that exists; s3://… a folder of a bucket that exists',
      )
        .env('TOPGUN_DATABASE')
        .default(DEFAULT_DATABASE),
    )
    .addOption(new Option('--static <folder>', 'also serve these files: a built app').env('TOPGUN_STATIC'))
    .addOption(
      new Option('--tombstones-ms <number>', 'forget removals after so many milliseconds')
        .env('TOPGUN_TOMBSTONES_MS')
        .default(DEFAULT_RETENTION.tombstonesMs, '30 days')
        .argParser(toMillis),
    )
    .addOption(
      new Option('--journal <maps>', 'keep what is changed in these maps, by name or pattern, separated by commas')
        .env('TOPGUN_JOURNAL')
        .argParser((text: string) => text.split(',')),
    )
    .addOption(
      new Option('--journal-ms <number>', 'keep the journal for so many milliseconds')
        .env('TOPGUN_JOURNAL_MS')
        .default(DEFAULT_RETENTION.journalMs, '7 days')
        .argParser(toMillis),
    )
    .addOption(
      new Option('--record-bytes <number>', 'refuse writes that would make a record larger')
        .env('TOPGUN_RECORD_BYTES')
        .default(DEFAULT_GATEWAY_LIMITS.recordBytes, '1 MiB')
        .argParser(toBytes),
    )
    .addOption(
      new Option('--workers <number>', 'threads that hold the data')
        .env('TOPGUN_WORKERS')
        .default(0)
        .argParser(toCount),
    )
    .addOption(
      new Option(
        '--definitions <file>',
        'a module that exports rules, resolvers, hooks, procedures, schema, search',
      ).env('TOPGUN_DEFINITIONS'),
    )
    .addOption(
      new Option(
        '--metrics [token]',
        'tell figures at /metrics, in the form of Prometheus: to all, or to who shows this token',
      ).env('TOPGUN_METRICS'),
    )
    .addOption(
      new Option('--log-level <level>', 'how much to log, as JSON lines on stderr')
        .env('TOPGUN_LOG_LEVEL')
        .choices(LOG_LEVELS)
        .default('warn'),
    );
  addAuthFlags(command);
  addLimitFlags(command);
  return command.parse([...argv], { from: 'user' }).opts<Flags>();
}

function toPort(text: string): number {
  const port = Number(text);
  if (!/^\d{1,5}$/.test(text) || port > 65_535) throw new InvalidArgumentError('A port is a number from 0 to 65535.');
  return port;
}

function toMillis(text: string): number {
  const millis = Number(text);
  if (!/^\d+$/.test(text) || !Number.isSafeInteger(millis) || millis < 1) {
    throw new InvalidArgumentError('It is a whole number of milliseconds from 1.');
  }
  return millis;
}

function toCount(text: string): number {
  if (!/^\d{1,3}$/.test(text)) throw new InvalidArgumentError('It is a small whole number.');
  return Number(text);
}

function toBytes(text: string): number {
  const bytes = Number(text);
  if (!/^\d+$/.test(text) || !Number.isSafeInteger(bytes) || bytes < 1) {
    throw new InvalidArgumentError('It is a whole number of bytes from 1.');
  }
  return bytes;
}

function toOptions({
  port,
  host,
  database,
  static: folder,
  tombstonesMs,
  journal,
  journalMs,
  recordBytes,
  workers,
  definitions,
  metrics,
  ...flags
}: Flags): Parameters<typeof createServer>[0] {
  return {
    port,
    database,
    retention: { tombstonesMs, journalMs },
    ...(journal === undefined ? {} : { journal }),
    limits: { recordBytes },
    workers,
    ...(metrics === undefined ? {} : { metrics }),
    ...(definitions === undefined ? {} : { definitions }),
    ...toAuthOptions(flags),
    ...toLimitOptions(flags),
    ...(host === undefined ? {} : { host }),
    ...(folder === undefined ? {} : { static: folder }),
  };
}
