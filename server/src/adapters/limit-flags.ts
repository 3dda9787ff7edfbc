import { InvalidArgumentError, Option, type Command } from 'commander';
import { destination, pino } from 'pino';
import type { ServerOptions } from '../config.js';

/** What the command line, or the environment, says of who may have how much. */
export interface LimitFlags {
  readonly budgets?: NonNullable<ServerOptions['budgets']>;
  readonly allowedOrigins?: readonly string[] | '*';
  readonly trustedProxies?: number;
  readonly auditLog?: string;
  readonly memory?: number;
}

export function addLimitFlags(command: Command): void {
  const add = (flags: string, text: string, env: string, parse?: (text: string) => unknown): void => {
    const option = new Option(flags, text).env(env);
    command.addOption(parse === undefined ? option : option.argParser(parse));
  };
  add(
    '--budgets <json>',
    'what clients may have, where it is not as shipped; off: as much as they want',
    'TOPGUN_BUDGETS',
    toBudgets,
  );
  add(
    '--allowed-origins <list>',
    'clients of which pages are taken: origins with commas, or *',
    'TOPGUN_ALLOWED_ORIGINS',
    toOrigins,
  );
  add(
    '--trusted-proxies <number>',
    'how many proxies of yours connections come through',
    'TOPGUN_TRUSTED_PROXIES',
    toCount,
  );
  add(
    '--memory <bytes>',
    'what records may take in memory; what nobody needs leaves it then. Default: all stay',
    'TOPGUN_MEMORY',
    toCount,
  );
  add(
    '--audit-log <file>',
    'add a line to this file for whatever concerns security; else it is logged as info',
    'TOPGUN_AUDIT_LOG',
  );
}

type LimitOptions = Pick<ServerOptions, 'budgets' | 'allowedOrigins' | 'trustedProxies' | 'audit' | 'memory'>;

export function toLimitOptions({
  budgets,
  allowedOrigins,
  trustedProxies,
  auditLog,
  memory,
}: LimitFlags): LimitOptions {
  return {
    ...(memory === undefined ? {} : { memory }),
    ...(budgets === undefined ? {} : { budgets }),
    ...(allowedOrigins === undefined ? {} : { allowedOrigins }),
    ...(trustedProxies === undefined ? {} : { trustedProxies }),
    ...(auditLog === undefined ? {} : { audit: auditTo(auditLog) }),
  };
}

/** One JSON line per entry, at the end of a file. */
function auditTo(file: string): NonNullable<ServerOptions['audit']> {
  const log = pino({ base: null }, destination({ dest: file, append: true, mkdir: true, sync: true }));
  return (entry) => log.info(entry);
}

function toBudgets(text: string): ServerOptions['budgets'] {
  if (text === 'off') return false;
  try {
    return JSON.parse(text) as NonNullable<ServerOptions['budgets']>;
  } catch {
    throw new InvalidArgumentError('It is "off", or JSON as {"connection":{"ops":{"perS":2000}}}.');
  }
}

const toOrigins = (text: string): readonly string[] | '*' =>
  text === '*' ? text : text.split(',').map((origin) => origin.trim());

function toCount(text: string): number {
  if (!/^\d{1,3}$/.test(text)) throw new InvalidArgumentError('It is a whole number from 0.');
  return Number(text);
}
