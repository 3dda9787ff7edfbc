import type { LwwRecord } from '@topgun/core/crdt';
import { partitionOf, TopGunError, type Hash64 } from '@topgun/core/primitives';
import type { Query } from '@topgun/core/query';
import type { Found, LookUp } from '../../ports/joint-calls.js';
import type { StateView } from '../crdt/state-view.js';
import { pinnedKeys } from '../query/pinned-keys.js';

/** Finds committed records among which all are that meet the query's conditions; `null`: it would have to look at more than `most`. */
export type FindRecords = (
  map: string,
  query: Query,
  most: number,
) => Iterable<readonly [key: string, record: LwwRecord]> | null;

export interface KnownElsewhereOptions {
  readonly hash: Hash64;
  /** Which partitions are here. */
  readonly owns: (partition: number) => boolean;
  /** What is here. */
  readonly find: FindRecords;
}

/**
 * PR-8: what is known of records that other hosts have, as it was when it was looked up. Who asks for what is not known ends with an error, and begins again once it is: what
 * was missing is noted until then.
 *
 * Holds no state of this host.
 */
export class KnownElsewhere {
  readonly #options: KnownElsewhereOptions;
  readonly #records = new Map<string, Map<string, LwwRecord | undefined>>();
  /** By map and conditions. */
  readonly #queries = new Map<string, Found>();
  #missing: LookUp[] = [];

  constructor(options: KnownElsewhereOptions) {
    this.#options = options;
  }

  owns(partition: number): boolean {
    return this.#options.owns(partition);
  }

  /** What has been asked for since, and is not known. */
  get missing(): readonly LookUp[] {
    return this.#missing;
  }

  /** The same, to be looked up now. */
  takeMissing(): readonly LookUp[] {
    const missing = this.#missing;
    this.#missing = [];
    return missing;
  }

  /** What was looked up is this. */
  found(lookUps: readonly LookUp[], answers: readonly Found[]): void {
    for (const [i, lookUp] of lookUps.entries()) {
      const answer = answers[i]!;
      if (lookUp.type === 'query') this.#queries.set(placeOf(lookUp), answer);
      // What conditions name and was not found is not there.
      const named = lookUp.type === 'query' ? pinnedKeys(lookUp.query.where) : null;
      for (const key of named ?? []) if (this.#isElsewhere(lookUp.map, key)) this.#note(lookUp.map, key, undefined);
      for (const [key, record] of answer ?? []) this.#note(lookUp.map, key, record);
    }
  }

  /** What is here, and what is known of the rest. */
  over(here: StateView): StateView {
    const { owns } = this.#options;
    return {
      record: (partition, map, key) =>
        owns(partition) ? here.record(partition, map, key) : this.#record(partition, map, key),
      mapType: (map) => here.mapType(map),
      decided: (partition, replica) => here.decided(partition, replica),
      refusal: (partition, replica, seq) => here.refusal(partition, replica, seq),
      touched: (map) => here.touched?.(map) ?? NONE,
    };
  }

  /** Whether what meets the query's conditions can only be here. */
  isHere(map: string, query: Query): boolean {
    const named = pinnedKeys(query.where);
    return named !== null && ![...named].some((key) => this.#isElsewhere(map, key));
  }

  /** @throws TopGunError where it is not known what others have. */
  readonly find: FindRecords = (map, query, most) => {
    const own = this.#options.find(map, query, most);
    if (own === null || this.isHere(map, query)) return own;
    const lookUp: LookUp = { type: 'query', map, query, most };
    const theirs = this.#queries.get(placeOf(lookUp));
    if (theirs === undefined) throw this.#lacks(lookUp);
    return theirs === null ? null : joined(own, theirs);
  };

  #record(partition: number, map: string, key: string): LwwRecord | undefined {
    const known = this.#records.get(map);
    if (known?.has(key) !== true) throw this.#lacks({ type: 'record', partition, map, key });
    return known.get(key);
  }

  #isElsewhere(map: string, key: string): boolean {
    return !this.#options.owns(partitionOf(this.#options.hash, map, key));
  }

  #note(map: string, key: string, record: LwwRecord | undefined): void {
    let known = this.#records.get(map);
    if (known === undefined) this.#records.set(map, (known = new Map()));
    known.set(key, record);
  }

  #lacks(lookUp: LookUp): TopGunError {
    this.#missing.push(lookUp);
    return new TopGunError(
      'elsewhere',
      'Another thread has this. What may begin again does so when it is here; a hook of what is decided asks for it by fetch.',
    );
  }
}

const placeOf = ({ map, query }: Extract<LookUp, { type: 'query' }>): string =>
  `${map}\0${JSON.stringify(query.where)}`;

function* joined(
  own: Iterable<readonly [key: string, record: LwwRecord]>,
  theirs: NonNullable<Found>,
): Iterable<readonly [key: string, record: LwwRecord]> {
  yield* own;
  for (const [key, record] of theirs) if (record !== undefined) yield [key, record];
}

const NONE: ReadonlySet<string> = new Set();
