import { decodeStamp, type Stamp } from '../clock/index.js';
import { decodeValue, TopGunError, type Value } from '../primitives/index.js';
import {
  MAX_JOURNAL_LIMIT,
  MAX_JOURNAL_MAPS,
  type JournalMessage,
  type JournalRefusedMessage,
  type ReadJournalMessage,
} from '../protocol/index.js';
import { backoffDelay, DEFAULT_BACKOFF } from './connection/backoff.js';
import { whyNoAnswer } from './await-answer.js';
import type { AnswerTo } from './ports/server-question.js';
import type { ClientRuntime } from './session/client-runtime.js';

/** A change of what shows of a record, as the server has decided it. */
export interface JournalEvent<V = unknown> {
  /** Grows from event to event, not by one. Remember it to go on after it. */
  readonly sequence: number;
  readonly type: 'add' | 'update' | 'remove';
  readonly map: string;
  readonly key: string;
  /** What shows since; absent with `remove`. */
  readonly value?: V;
  /** What had shown; absent with `add`. */
  readonly previous?: V;
  /** Who wrote it: the `sub` of their token; `null`: nobody in particular, or the server (a record's time was over). */
  readonly author: string | null;
  /** When it was written, in ms since 1970, by the author's corrected clock. */
  readonly writtenAt: number;
}

export interface JournalPage<V = unknown> {
  readonly events: readonly JournalEvent<V>[];
  /** Everything up to this sequence has been read: go on after it. */
  readonly through: number;
  /** There may be more just now. */
  readonly more: boolean;
}

/**
 * - `no-journal`: the server keeps none; `no-server`: this client has none
 * - `journal-trimmed`: some events after the sequence are not kept any more; reading may go on after `through`
 * - `offline`, `timeout`, `needs-auth`, `incompatible`, `closed`: no answer is to be had now
 * - `overloaded`, `internal`: the server cannot answer just now
 */
export class JournalError extends TopGunError {
  override readonly name = 'JournalError';
  /** With `journal-trimmed`. */
  readonly through: number | null;

  constructor(code: string, message: string, through: number | null = null) {
    super(code, message);
    this.through = through;
  }
}

export interface JournalReadOptions {
  /** Only of these maps; at most 100. */
  readonly maps?: readonly string[];
  /** The most events of the page, 1 to 1,000; 100 by default. */
  readonly limit?: number;
  /** How long to wait for the answer, 5,000 ms by default; `Infinity`: as long as it takes. */
  readonly timeoutMs?: number;
}

export interface JournalSubscribeOptions {
  /** Begin after this sequence; 0: with all that is kept. Default: with what comes from now on. */
  readonly after?: number;
  readonly maps?: readonly string[];
  /** Told of `journal-trimmed`, after which it goes on, and of what ends the subscription: `no-journal`, `no-server`, `closed`. */
  readonly onError?: (error: JournalError) => void;
}

type JournalQuestion = Omit<ReadJournalMessage, 'id'>;

const RETRIED: ReadonlySet<string> = new Set(['overloaded', 'internal']);

/**
 * What was changed in the maps of which the server keeps a journal, in the order in which it was decided (JO-1 to JO-7): read page by page, or
 * followed. It is the server's: nothing is stored here, and what this device has not sent is not in it.
 *
 * ```ts
 * const stop = client.getEventJournal().subscribe((page) => page.events.forEach(show), { after: lastSeen, maps: ['orders'] });
 * ```
 */
export class EventJournal {
  readonly #runtime: ClientRuntime;

  constructor(runtime: ClientRuntime) {
    this.#runtime = runtime;
  }

  /**
   * The page after a sequence; 0: from the first that is kept.
   *
   * @throws JournalError
   */
  async readFrom<V = unknown>(after: number, options: JournalReadOptions = {}): Promise<JournalPage<V>> {
    const { limit = 100, maps, timeoutMs = 5_000 } = options;
    return toPage<V>(await this.#askOnce(questionOf({ after, limit, maps, wait: false }), timeoutMs));
  }

  /**
   * The sequence where the journal ends now.
   *
   * @throws JournalError
   */
  async latest({ timeoutMs = 5_000 }: { readonly timeoutMs?: number } = {}): Promise<number> {
    return (await this.#askOnce({ type: 'read-journal', limit: 1 }, timeoutMs)).through;
  }

  /**
   * Tells each page of events there is and that comes, in order, without a gap, across connections too; what it returns ends that. A page without events
   * tells how far the journal has been read. `through` of the last page is where to begin after a reload.
   */
  subscribe<V = unknown>(
    listener: (page: JournalPage<V>) => void,
    { after, maps, onError = () => {} }: JournalSubscribeOptions = {},
  ): () => void {
    const { environment, notifier, questions, isLocalOnly } = this.#runtime;
    let stopped = false;
    let stopWaiting = (): void => {};
    let failures = 0;

    const fail = (error: JournalError): void => {
      stopped = true;
      notifier.enqueue(() => onError(error));
    };
    const hear = (asked: number | undefined, answer: AnswerTo<JournalQuestion>): void => {
      if (stopped) return;
      if (answer.type === 'journal') {
        failures = 0;
        const page = readablePage<V>(answer);
        if (page instanceof JournalError) return fail(page);
        notifier.enqueue(() => !stopped && listener(page));
        ask(answer.through);
        return;
      }
      const error = refusal(answer);
      if (RETRIED.has(error.code)) {
        failures += 1;
        const delayMs = backoffDelay(DEFAULT_BACKOFF, failures, environment.random.unit()) ?? 0;
        stopWaiting = environment.timers.after(delayMs, () => ask(asked));
      } else if (error.through === null) fail(error);
      else {
        notifier.enqueue(() => onError(error));
        ask(error.through);
      }
    };
    const ask = (from: number | undefined): void => {
      // A listener may have ended it.
      if (stopped) return;
      stopWaiting = questions.ask(questionOf({ after: from, limit: MAX_JOURNAL_LIMIT, maps, wait: true }), {
        answered: (answer) => hear(from, answer),
        failed: ({ code, message }) => fail(new JournalError(code, message)),
      });
    };

    if (isLocalOnly) fail(noServer());
    else ask(after === undefined ? undefined : checkedSequence(after));
    return () => {
      stopped = true;
      stopWaiting();
    };
  }

  #askOnce(question: JournalQuestion, timeoutMs: number): Promise<JournalMessage> {
    const runtime = this.#runtime;
    if (runtime.isLocalOnly) return Promise.reject(noServer());
    return new Promise((resolve, reject) => {
      const stops: (() => void)[] = [];
      const finish = (settle: () => void): void => {
        for (const stop of stops.splice(0)) stop();
        settle();
      };
      const giveUp = (error: TopGunError): void => finish(() => reject(new JournalError(error.code, error.message)));
      const look = (): void => {
        const why = whyNoAnswer(runtime);
        if (why !== null) giveUp(why);
      };
      stops.push(
        runtime.connectionChanges.add(look),
        runtime.questions.ask(question, {
          answered: (answer) => finish(() => (answer.type === 'journal' ? resolve(answer) : reject(refusal(answer)))),
          failed: giveUp,
        }),
      );
      if (Number.isFinite(timeoutMs)) {
        const late = new TopGunError('timeout', `No answer came within ${timeoutMs} ms.`);
        stops.push(runtime.environment.timers.after(timeoutMs, () => giveUp(late)));
      }
      look();
    });
  }
}

function questionOf(asked: {
  readonly after: number | undefined;
  readonly limit: number;
  readonly maps: readonly string[] | undefined;
  readonly wait: boolean;
}): JournalQuestion {
  const { after, limit, maps, wait } = asked;
  if (!Number.isSafeInteger(limit) || limit < 1 || limit > MAX_JOURNAL_LIMIT) {
    throw new RangeError(`The limit of a page is 1 to ${MAX_JOURNAL_LIMIT}, not ${limit}.`);
  }
  if (maps !== undefined && maps.length > MAX_JOURNAL_MAPS) {
    throw new RangeError(`At most ${MAX_JOURNAL_MAPS} maps can be named, not ${maps.length}.`);
  }
  return {
    type: 'read-journal',
    ...(after === undefined ? {} : { after: checkedSequence(after) }),
    limit,
    ...(maps === undefined ? {} : { maps: [...maps] }),
    ...(wait ? { wait } : {}),
  };
}

function checkedSequence(sequence: number): number {
  if (Number.isSafeInteger(sequence) && sequence >= 0) return sequence;
  throw new RangeError(`A sequence is a whole number from 0, not ${sequence}.`);
}

function toPage<V>({ events, through, more }: JournalMessage): JournalPage<V> {
  return {
    events: events.map(({ stamp, value, previous, ...event }) => ({
      ...event,
      ...(value === undefined ? {} : { value: read(value) as V }),
      ...(previous === undefined ? {} : { previous: read(previous) as V }),
      writtenAt: decodeStamp(stamp as Stamp).millis,
    })),
    through,
    more,
  };
}

function read(json: unknown): Value {
  const value = decodeValue(json);
  if (!value.ok) throw new JournalError('internal', `The server told what is no value: ${value.error.message}`);
  return value.value;
}

/** A server that tells what is no value ends the subscription, and not the connection's other work. */
function readablePage<V>(answer: JournalMessage): JournalPage<V> | JournalError {
  try {
    return toPage<V>(answer);
  } catch (error) {
    return error instanceof JournalError ? error : new JournalError('internal', String(error));
  }
}

const noServer = (): JournalError => new JournalError('no-server', 'Without a server there is no journal.');

const refusal = ({ code, reason, through }: JournalRefusedMessage): JournalError =>
  new JournalError(code, reason, through ?? null);
