import type { Query } from '../../query/index.js';
import type { Environment } from '../ports/environment.js';
import type { LocalState } from '../ports/local-state.js';
import type { AckedRows } from './acked-rows.js';
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
  readonly map: string;
  /** `null`: which of the map's records are its rows cannot be told. It claims none, and confirms its members. */
  readonly query: Query | null;
  /** `null` before it has been asked for on this connection. */
  readonly wire: WireSubscription | null;
}

interface Answered {
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
    const base = await local.base(map);
    if (base === null || era !== options.connection()) return;
    const answers = unreconciled(map);
    if (answers === null) return;
    for (const { wire } of answers) wire.reconciled = true;
    const confirmed = wiresOf(map).map((wire) => wire.members);
    drop(map, staleRows({ base, confirmed, answers: answers.map((answer) => claim(map, answer)) }));
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
    for (const { map: its, query, wire } of options.subscriptions()) {
      if (its !== map || wire === null || wire.failed) continue;
      if (!wire.answered) return null;
      answered.push({ query, wire });
    }
    return answered;
  }

  /** Those not yet held against the base; `null` when there is none, or the time has not come. */
  function unreconciled(map: string): readonly Answered[] | null {
    const answers = answeredOf(map)?.filter(({ wire }) => !wire.reconciled) ?? [];
    return answers.length === 0 ? null : answers;
  }

  return {
    answered(map) {
      reconcile(map).catch((error: unknown) => environment.log('error', 'dropping stale rows failed', error));
    },
    acked(rows) {
      for (const [map, keys] of rows) {
        checkAcked(map, keys).catch((error: unknown) => environment.log('error', 'checking acked rows failed', error));
      }
    },
  };
}
