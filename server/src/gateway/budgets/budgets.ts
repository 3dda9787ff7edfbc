import type { Rate } from './rate.js';

/**
 * What is counted of what clients ask for.
 * - `messages`, and the `bytes` of them, as they come
 * - `ops`: writes
 * - `rows`: what queries cost: rows that are told, records that are looked at to open a view, and ten for each query
 * - `words`: what searches cost: words that are looked for, more where they may be spelt otherwise
 */
export const RESOURCES = ['messages', 'bytes', 'ops', 'rows', 'words'] as const;
export type Resource = (typeof RESOURCES)[number];

export type Costs = { readonly [Name in Resource]?: number };
export type Rates = { readonly [Name in Resource]: Rate };

/** What the connections of one user, or from one address, may have together. */
export interface SharedBudget extends Rates {
  /** New connections. */
  readonly connects: Rate;
  /** Connections that stand. */
  readonly connections: number;
  /** Subscriptions that stand. */
  readonly subscriptions: number;
  /** Bytes of the connections' messages that may wait for their turn, together. */
  readonly waitingBytes: number;
}

/** AB-1: what clients may have. Whoever asks for more waits for it; whoever would wait for longer than `patienceMs` is told to come back later. */
export interface Budgets {
  readonly connection: Rates;
  /** Of everybody whose tokens have one `sub`. Nobody in particular is no user. */
  readonly user: SharedBudget;
  /** Of one IPv4 address, or one /64 of IPv6. */
  readonly address: SharedBudget;
  /** Connections that stand, of everybody. */
  readonly connections: number;
  readonly patienceMs: number;
  /** Bytes of one connection's messages that may wait for their turn. */
  readonly waitingBytes: number;
  /** AB-9: messages that cannot be understood, of one user, or of an address's nobodies. Whoever sends more is sent away. */
  readonly malformed: Rate;
}

const MiB = 1024 * 1024;

/** One user with several devices and tabs has twice what one connection has; an address, behind which a whole office may be, much more. */
export const DEFAULT_BUDGETS: Budgets = {
  connection: {
    messages: { perS: 500, burst: 5_000 },
    bytes: { perS: 2 * MiB, burst: 64 * MiB },
    ops: { perS: 1_000, burst: 20_000 },
    rows: { perS: 20_000, burst: 1_000_000 },
    words: { perS: 50, burst: 1_000 },
  },
  user: {
    messages: { perS: 1_000, burst: 10_000 },
    bytes: { perS: 4 * MiB, burst: 128 * MiB },
    ops: { perS: 2_000, burst: 40_000 },
    rows: { perS: 40_000, burst: 2_000_000 },
    words: { perS: 100, burst: 2_000 },
    connects: { perS: 2, burst: 500 },
    connections: 200,
    subscriptions: 10_000,
    waitingBytes: 32 * MiB,
  },
  address: {
    messages: { perS: 20_000, burst: 500_000 },
    bytes: { perS: 64 * MiB, burst: 1024 * MiB },
    ops: { perS: 20_000, burst: 1_000_000 },
    rows: { perS: 400_000, burst: 20_000_000 },
    words: { perS: 1_000, burst: 20_000 },
    connects: { perS: 50, burst: 5_000 },
    connections: 5_000,
    subscriptions: 200_000,
    waitingBytes: 128 * MiB,
  },
  connections: 20_000,
  patienceMs: 5_000,
  waitingBytes: 8 * MiB,
  // Ten a minute: one tab of an app with a defect comes back less often by itself (CL-6), and takes nobody else along.
  malformed: { perS: 1 / 6, burst: 60 },
};

/** What a server is told of them: the rest is as shipped. */
export type BudgetOptions = {
  readonly [Name in keyof Budgets]?: Budgets[Name] extends number ? number : PartialBudget<Budgets[Name]>;
};
type PartialBudget<Budget> = {
  readonly [Name in keyof Budget]?: Budget[Name] extends number ? number : Partial<Rate>;
};

/** Sentences about what cannot be meant, or the budgets. */
export function toBudgets(options: BudgetOptions): { readonly budgets: Budgets; readonly faults: readonly string[] } {
  const faults: string[] = [];
  const merge = (name: string, shipped: unknown, given: unknown): unknown => {
    if (given === undefined) return shipped;
    if (typeof shipped === 'number') {
      if (typeof given !== 'number' || !Number.isFinite(given) || given <= 0)
        faults.push(`${name} is a number above 0.`);
      return given;
    }
    if (typeof given !== 'object' || given === null) {
      faults.push(`${name} is an object.`);
      return shipped;
    }
    const parts = shipped as { readonly [part: string]: unknown };
    for (const part of Object.keys(given)) {
      if (!Object.hasOwn(parts, part))
        faults.push(`${name} has no ${JSON.stringify(part)}; there is ${Object.keys(parts).join(', ')}.`);
    }
    return Object.fromEntries(
      Object.entries(parts).map(([part, value]) => [
        part,
        merge(`${name}.${part}`, value, (given as typeof parts)[part]),
      ]),
    );
  };
  return { budgets: merge('budgets', DEFAULT_BUDGETS, options) as Budgets, faults };
}
