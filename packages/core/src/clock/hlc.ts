import { err, ok, type Result } from '../primitives/result.js';
import {
  encodeStamp,
  MAX_COUNTER,
  MAX_MILLIS,
  stampCounter,
  stampHead,
  stampMillis,
  withCounter,
  withLastDigit,
} from './stamp.js';
import type { ReplicaId, Stamp } from './timestamp.js';

/** CR-1: a stamp further ahead of server-corrected time than this is refused. */
export const MAX_SKEW_MS = 60_000;

/** A hybrid logical clock: one per replica. Reads no clock itself; `now` is server-corrected time in ms since 1970. */
export interface Hlc {
  /** A stamp of this replica, after every stamp it has given or received, however `now` jumps. */
  tick(now: number): Stamp;
  /** Takes note of a stamp seen. One more than {@link MAX_SKEW_MS} ahead is refused and changes nothing. */
  receive(stamp: Stamp, now: number): Result<void, 'clock-skew'>;
  /** The greatest stamp given or received; `''` before the first. */
  readonly last: Stamp | '';
  /** Wall time of the last stamp given, as long as it is the greatest; otherwise -1. Costs less than to read it in the stamp. */
  readonly givenAt: number;
  /**
   * Goes on as `replica`, and from `last` where that is given. It may lower `last` (after a clock that ran ahead was
   * corrected, CR-11): the caller sees to it that no stamp after `last` stays in use.
   */
  rebase(replica?: ReplicaId, last?: Stamp | ''): void;
}

/** True when the stamp is further ahead of `now` than the clock of an honest replica can be. */
export const isSkewed = (stamp: Stamp, now: number): boolean => stampMillis(stamp) - now > MAX_SKEW_MS;

/** `last`: the stamp to continue after, from storage. */
export function createHlc(options: { readonly replica: ReplicaId; readonly last?: Stamp | '' }): Hlc {
  let replica = options.replica;
  let last: Stamp | '' = options.last ?? '';
  // The parts of the last stamp given, and what it has in common with those that come next: of a burst of writes most differ in one digit.
  let millis = -1;
  let counter = 0;
  let head = '';
  function goOnAfter(stamp: Stamp | ''): void {
    last = stamp;
    millis = -1;
  }
  return {
    tick(now) {
      if (wallOf(now) <= millis && counter % 64 < 63) {
        counter += 1;
        return (last = withLastDigit(head, counter, replica));
      }
      const next = nextStamp(last, now, replica);
      last = next;
      millis = stampMillis(next);
      counter = stampCounter(next);
      head = stampHead(next);
      return next;
    },
    receive(stamp, now) {
      if (isSkewed(stamp, now)) return err('clock-skew');
      if (stamp > last) goOnAfter(stamp);
      return ok(undefined);
    },
    get last() {
      return last;
    },
    get givenAt() {
      return millis;
    },
    rebase(nextReplica, nextLast) {
      if (nextReplica !== undefined) replica = nextReplica;
      goOnAfter(nextLast ?? last);
    },
  };
}

/** The time as stamps have it, whatever the clock says. */
const wallOf = (now: number): number => (Number.isFinite(now) ? Math.min(Math.max(Math.floor(now), 0), MAX_MILLIS) : 0);

/** The stamp of `replica` at `now`, or as soon after `last` as can be written. */
export function nextStamp(last: Stamp | '', now: number, replica: ReplicaId): Stamp {
  const wall = wallOf(now);
  if (last === '' || stampMillis(last) < wall) return encodeStamp({ millis: wall, counter: 0, replica });
  const counter = stampCounter(last) + 1;
  if (counter <= MAX_COUNTER) return withCounter(last, counter, replica);
  return encodeStamp({ millis: stampMillis(last) + 1, counter: 0, replica });
}
