import { LargeMap } from '../../primitives/index.js';
import { parseSearchDefinition, type SearchDefinition } from '../search-definition.js';
import { SearchIndex } from '../search-index.js';
import type { Ranked } from '../ranked.js';
import type { HostReport, HostRequest, RankedNumbers, SentRecord } from './host-message.js';

/** So many characters are told, and kept, at once: to take them takes some milliseconds. */
const PART_LENGTH = 200_000;

/** So many steps of clearing away are taken before the next that is asked is answered: three milliseconds. */
const CLEARING_STEPS = 64;

/** So many records get their numbers in one step. */
const RECORDS_PER_STEP = 1_024;

/** Of more keys than this their map is in parts. */
const SPLIT_AT = 4_096;

/** An index with the numbers of its records. */
interface HostedIndex {
  index: SearchIndex;
  readonly numbers: LargeMap<number>;
  /** What is kept of it comes in parts. */
  loading: ReturnType<typeof SearchIndex.loading> | null;
  /** What is left of records that changed is being cleared away. */
  clearing: Generator<void> | null;
  /** So many records were indexed anew since it was opened. */
  changes: number;
}

/** What an index is opened with. */
export type DefinitionOf = (request: Extract<HostRequest, { readonly type: 'open' }>) => SearchDefinition;

type Asked = Extract<HostRequest, { readonly type: 'rank' | 'save' }>;

/**
 * Indexes, wherever they are kept: in a worker, or on the page where there is none. Whoever drives it hands it what was said, and has it answer when
 * nothing else has been said. Holds the words of records, and none of their values.
 */
export class IndexHost {
  readonly #report: (report: HostReport) => void;
  readonly #indexes = new Map<number, HostedIndex>();
  readonly #asked: Asked[] = [];
  readonly #definitionOf: DefinitionOf;

  /** `definitionOf`: of an index whose words are made by functions, which cannot be sent. */
  constructor(report: (report: HostReport) => void, definitionOf: DefinitionOf = definitionSent) {
    this.#report = report;
    this.#definitionOf = definitionOf;
  }

  /** Takes what was said, a record each step, or as many as `SearchIndex.putSteps` takes. What is asked waits for `answer`. */
  *take(request: HostRequest): Generator<void> {
    switch (request.type) {
      case 'open': {
        const definition = this.#definitionOf(request);
        const index = new SearchIndex(definition);
        const loading = request.isKept ? SearchIndex.loading(definition) : null;
        this.#indexes.set(request.index, {
          index,
          numbers: new LargeMap(SPLIT_AT),
          loading,
          clearing: null,
          changes: 0,
        });
        break;
      }
      case 'part': {
        const hosted = this.#hosted(request.index);
        for (const part of request.text.split('\n')) {
          hosted.loading?.take(part);
          yield;
        }
        if (!request.isLast) break;
        hosted.index = hosted.loading?.finish() ?? hosted.index;
        hosted.loading = null;
        break;
      }
      case 'close':
        this.#indexes.delete(request.index);
        for (const { ask } of this.#asked.filter(({ index }) => index === request.index)) this.#takeBack(ask);
        break;
      case 'put': {
        const hosted = this.#hosted(request.index);
        for (const record of request.records) {
          yield* put(hosted, record);
          yield;
        }
        if (hosted.index.isLittered) hosted.clearing ??= hosted.index.vacuumSteps();
        break;
      }
      case 'filled': {
        const hosted = this.#hosted(request.index);
        const before = hosted.index.changes;
        yield* hosted.index.forgetUnseen();
        hosted.changes += hosted.index.changes - before;
        this.#report({ type: 'filled', index: request.index, changes: hosted.changes });
        break;
      }
      case 'cancel':
        this.#takeBack(request.ask);
        break;
      default:
        this.#asked.push(request);
    }
  }

  /** Nothing is asked, and nothing is left to be cleared away. */
  get isIdle(): boolean {
    return this.#asked.length === 0 && this.#littered() === undefined;
  }

  /** Answers what was asked first, in steps; where nothing is, some of what is left of records that changed is cleared away. Nothing is to be taken meanwhile. */
  *answer(): Generator<void> {
    const asked = this.#asked.shift();
    if (asked === undefined) return yield* this.#clear();
    const { index, numbers } = this.#hosted(asked.index);
    if (asked.type === 'save') return yield* this.#save(index, asked.ask);
    const text = yield* numbered(yield* index.rankedSteps(asked.lookup), numbers);
    const near = yield* numbered(yield* index.nearest(asked.lookup), numbers);
    this.#report({ type: 'ranked', ask: asked.ask, text, near });
  }

  /** Some parts at a time, each on a line. */
  *#save(index: SearchIndex, ask: number): Generator<void> {
    let lines: string[] = [];
    let length = 0;
    for (const line of index.saveParts()) {
      lines.push(line);
      length += line.length;
      yield;
      if (length < PART_LENGTH) continue;
      this.#report({ type: 'saved', ask, part: lines.join('\n'), isLast: false });
      [lines, length] = [[], 0];
    }
    this.#report({ type: 'saved', ask, part: lines.join('\n'), isLast: true });
  }

  *#clear(): Generator<void> {
    const [number, hosted] = this.#littered() ?? [];
    if (number === undefined || hosted === undefined) return;
    for (let i = 0; i < CLEARING_STEPS; i++) {
      if (hosted.clearing?.next().done === true) {
        hosted.clearing = null;
        this.#report({ type: 'cleared', index: number });
        return;
      }
      yield;
    }
  }

  #littered(): readonly [index: number, hosted: HostedIndex] | undefined {
    for (const each of this.#indexes) if (each[1].clearing !== null) return each;
    return undefined;
  }

  #takeBack(ask: number): void {
    const place = this.#asked.findIndex((asked) => asked.ask === ask);
    if (place >= 0) this.#asked.splice(place, 1);
  }

  #hosted(index: number): HostedIndex {
    const hosted = this.#indexes.get(index);
    if (hosted === undefined) throw new Error(`there is no index ${index}`);
    return hosted;
  }
}

export const definitionSent: DefinitionOf = ({ definition }) => {
  const parsed = parseSearchDefinition(definition);
  if (!parsed.ok) throw new Error(`a definition was sent that is none: ${parsed.error.code}`);
  return parsed.value;
};

function* put(hosted: HostedIndex, [number, key, texts, vector]: SentRecord): Generator<void> {
  const { index, numbers } = hosted;
  if (yield* index.putTextsSteps(key, texts, vector)) hosted.changes++;
  if (texts === null) numbers.delete(key);
  else numbers.set(key, number);
}

function* numbered(ranked: Ranked, numbers: LargeMap<number>): Generator<void, RankedNumbers> {
  const found = new Uint32Array(ranked.length);
  const scores = new Float64Array(ranked.length);
  let count = 0;
  for (let i = 0; i < ranked.length; i++) {
    if (i % RECORDS_PER_STEP === RECORDS_PER_STEP - 1) yield;
    const number = numbers.get(ranked.keyAt(i) ?? '');
    // Not put since the index was loaded.
    if (number === undefined) continue;
    found[count] = number;
    scores[count++] = ranked.scoreAt(i);
  }
  return { numbers: found.subarray(0, count), scores: scores.subarray(0, count) };
}
