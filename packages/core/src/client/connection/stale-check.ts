import { canonicalQuery, type Query } from '../../query/index.js';
import type { Environment } from '../ports/environment.js';
import type { LocalState } from '../ports/local-state.js';
import type { AckedRows } from './acked-rows.js';
import { basesNeeded, PickedRows, readBases, type Bases } from './picked-rows.js';
import { staleRows, type Answer } from './stale-rows.js';
import type { WireSubscription } from './subscription.js';

/** When to hold the base against what the server has answered. Which rows are to go, `staleRows` knows. */
export interface StaleCheck {
  /** One more subscription of the map has its answer, or will have none. */
  answered(map: string): void;
  /** The pushes have come to where these rows were acked. */
  acked(rows: ReadonlyMap<string, readonly string[]>): void;
}

export interface StaleCheckOptions {
  readonly environment: Pick<Environment, 'log'>;
  readonly local: LocalState;
  readonly acked: Pick<AckedRows, 'isAhead'>;
  readonly subscriptions: () => Iterable<Asked>;
  /** Up to where the subscription is complete. */
  readonly positionOf: (wire: WireSubscription) => number;
  /** Counts connections: what was begun on an earlier one comes to nothing. */
  readonly connection: () => number;
  readonly drop: (map: string, keys: readonly string[]) => void;
}

interface Asked {
  readonly asks: { readonly map: string; readonly query: Query };
  readonly map: string;
  /** `null`: which of the map's records are its rows depends on its parents. */
  readonly query: Query | null;
  /** `null` before it has been asked for on this connection. */
  readonly wire: WireSubscription | null;
}

interface Answered {
  readonly asks: Asked['asks'];
  readonly query: Query | null;
  readonly wire: WireSubscription;
}

export function createStaleCheck(options: StaleCheckOptions): StaleCheck {
  const { environment, local, acked, positionOf } = options;

  /**
   * Drops the rows that first answers have shown to be gone, once every subscription of the map has its answer: a row that
   * has left one query and entered another must not vanish in between.
   */
  async function reconcile(map: string): Promise<void> {
    const era = options.connection();
    if (unreconciled(map) === null) return;
    const bases = await readBases(local, mapsBehind(map));
    if (bases === null || era !== options.connection()) return;
    const answers = unreconciled(map);
    if (answers === null) return;
    for (const { wire } of answers) wire.reconciled = true;
    const confirmed = wiresOf(map).map((wire) => wire.members);
    const claims = answers.map((answer) => ({ ...claim(map, answer), rows: relatedRows(map, answer, bases) }));
    drop(map, staleRows({ base: bases(map), confirmed, answers: claims }));
  }

  /**
   * QU-45: the rows that the bases give parents among those that this device had offered and the server did not confirm. All parents have their
   * answers by now: such a row is gone, or is another. Mostly there is none, and then it costs nothing.
   */
  function relatedRows(map: string, { asks, query, wire }: Answered, bases: Bases): ReadonlySet<string> {
    const offered = query !== null || wire.offered === null ? [] : [...wire.offered.keys];
    const lost = new Set(offered.filter((key) => !wire.members.has(key)));
    return lost.size === 0 ? lost : intersection(lost, new PickedRows(map, asks.query).pickAtOnce(bases));
  }

  /** The map, and those that its subscriptions' rows depend on. */
  function mapsBehind(map: string): ReadonlySet<string> {
    const maps = new Set([map]);
    for (const { map: its, asks } of options.subscriptions()) {
      if (its !== map) continue;
      for (const name of basesNeeded(map, asks.query)) maps.add(name);
    }
    return maps;
  }

  /** Of the queries that it is within, each has its answer here. */
  function areParentsAnswered({ within }: Query): boolean {
    if (within === undefined) return true;
    const parent = canonicalQuery(within.query);
    for (const { asks, wire } of options.subscriptions()) {
      if (asks.map !== within.map || canonicalQuery(asks.query) !== parent) continue;
      return wire?.answered === true && !wire.failed && areParentsAnswered(within.query);
    }
    return false;
  }

  /**
   * Own ops are part of the base from their ack on, and what became of their rows the subscriptions tell. They say nothing when
   * the row was gone before they could show it (removed by someone else in the same commit, or long before an ack told once more).
   */
  async function checkAcked(map: string, keys: readonly string[]): Promise<void> {
    const era = options.connection();
    const isMember = (key: string): boolean => wiresOf(map).some((wire) => wire.members.has(key));
    if (keys.every(isMember)) return;
    const base = await local.base(map);
    if (base === null || era !== options.connection()) return;
    const answered = answeredOf(map);
    if (answered === null) {
      // Left to the reconciliation that follows the answers still to come.
      for (const wire of wiresOf(map)) wire.reconciled = false;
      return;
    }
    const confirmed = wiresOf(map).map((wire) => wire.members);
    drop(map, staleRows({ base, keys, confirmed, answers: answered.map((answer) => claim(map, answer)) }));
  }

  const claim = (map: string, { query, wire }: Answered): Answer => ({
    query,
    members: wire.members,
    full: wire.full,
    isAhead: (key) => acked.isAhead(map, key, positionOf(wire)),
  });

  function drop(map: string, keys: readonly string[]): void {
    if (keys.length > 0) options.drop(map, keys);
  }

  const wiresOf = (map: string): WireSubscription[] =>
    [...options.subscriptions()].flatMap(({ map: its, wire }) =>
      its === map && wire !== null && !wire.failed ? [wire] : [],
    );

  /** The map's subscriptions, all answered; `null` while one waits for its answer. */
  function answeredOf(map: string): readonly Answered[] | null {
    const answered: Answered[] = [];
    for (const { map: its, asks, query, wire } of options.subscriptions()) {
      if (its !== map || wire === null || wire.failed) continue;
      if (!wire.answered) return null;
      answered.push({ asks, query, wire });
    }
    return answered;
  }

  /** Those not yet held against the base; `null` when there is none, or the time has not come. */
  function unreconciled(map: string): readonly Answered[] | null {
    const isDue = ({ asks, wire }: Answered): boolean => !wire.reconciled && areParentsAnswered(asks.query);
    const answers = answeredOf(map)?.filter(isDue) ?? [];
    return answers.length === 0 ? null : answers;
  }

  /** The map, and those of which rows are related to its own. */
  function mapsBefore(map: string): ReadonlySet<string> {
    const maps = new Set([map]);
    for (const { map: its, asks } of options.subscriptions()) {
      if (asks.query.within !== undefined && basesNeeded(its, asks.query).has(map)) maps.add(its);
    }
    return maps;
  }

  return {
    answered(map) {
      for (const each of mapsBefore(map)) {
        reconcile(each).catch((error: unknown) => environment.log('error', 'dropping stale rows failed', error));
      }
    },
    acked(rows) {
      for (const [map, keys] of rows) {
        checkAcked(map, keys).catch((error: unknown) => environment.log('error', 'checking acked rows failed', error));
      }
    },
  };
}

function intersection(keys: ReadonlySet<string>, others: { has(key: string): boolean }): ReadonlySet<string> {
  return new Set([...keys].filter((key) => others.has(key)));
}
