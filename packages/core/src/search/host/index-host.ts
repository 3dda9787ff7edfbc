import { parseSearchDefinition, type SearchDefinition } from '../search-definition.js';
import { SearchIndex } from '../search-index.js';
import type { Ranked } from '../ranked.js';
import type { HostReport, HostRequest, RankedNumbers, SentRecord } from './host-message.js';

/** So many characters are told, and kept, at once. */
const PART_LENGTH = 1_000_000;

/** So many records get their numbers in one step. */
const RECORDS_PER_STEP = 1_024;

/** An index with the numbers of its records. */
interface HostedIndex {
  readonly index: SearchIndex;
  readonly numbers: Map<string, number>;
  isVacuuming: boolean;
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
  /** Of indexes that are still to be opened. */
  readonly #parts = new Map<number, readonly string[]>();
  readonly #definitionOf: DefinitionOf;

  /** `definitionOf`: of an index whose words are made by functions, which cannot be sent. */
  constructor(report: (report: HostReport) => void, definitionOf: DefinitionOf = definitionSent) {
    this.#report = report;
    this.#definitionOf = definitionOf;
  }

  /** Takes what was said, a record each step. What is asked waits for `answer`. */
  *take(request: HostRequest): Generator<void> {
    switch (request.type) {
      case 'open': {
        const definition = this.#definitionOf(request);
        const parts = this.#parts.get(request.index);
        this.#parts.delete(request.index);
        const saved = parts === undefined ? null : SearchIndex.load(definition, parts.join(''));
        const index = saved ?? new SearchIndex(definition);
        this.#indexes.set(request.index, { index, numbers: new Map(), isVacuuming: false, changes: 0 });
        break;
      }
      case 'part':
        this.#parts.set(request.index, [...(this.#parts.get(request.index) ?? []), request.text]);
        break;
      case 'close':
        this.#indexes.delete(request.index);
        for (const { ask } of this.#asked.filter(({ index }) => index === request.index)) this.#takeBack(ask);
        break;
      case 'put': {
        const hosted = this.#hosted(request.index);
        for (const record of request.records) {
          put(hosted, record);
          yield;
        }
        this.#vacuum(request.index, hosted);
        break;
      }
      case 'filled': {
        const hosted = this.#hosted(request.index);
        for (const _gone of hosted.index.forgetUnseen()) {
          hosted.changes++;
          yield;
        }
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

  /** Answers what was asked first, in steps. True when more is asked. Nothing is to be taken meanwhile. */
  *answer(): Generator<void, boolean> {
    const asked = this.#asked.shift();
    if (asked?.type === 'rank') {
      const { index, numbers } = this.#hosted(asked.index);
      const text = yield* numbered(yield* index.rankedSteps(asked.lookup), numbers);
      const near = yield* numbered(yield* index.nearest(asked.lookup), numbers);
      this.#report({ type: 'ranked', ask: asked.ask, text, near });
    } else if (asked !== undefined) void this.#save(this.#hosted(asked.index).index, asked.ask);
    return this.#asked.length > 0;
  }

  /** Without what is left of records that are gone: their words are kept nowhere. */
  async #save(index: SearchIndex, ask: number): Promise<void> {
    await index.vacuum();
    const saved = index.save();
    for (let start = 0; start < saved.length; start += PART_LENGTH) {
      const isLast = start + PART_LENGTH >= saved.length;
      this.#report({ type: 'saved', ask, part: saved.slice(start, start + PART_LENGTH), isLast });
    }
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

  #vacuum(index: number, hosted: HostedIndex): void {
    if (hosted.isVacuuming || !hosted.index.isLittered) return;
    hosted.isVacuuming = true;
    hosted.index.vacuum().then(
      () => {
        hosted.isVacuuming = false;
        this.#report({ type: 'cleared', index });
      },
      // What is left over is passed over as before; with the next change it is tried again.
      () => {
        hosted.isVacuuming = false;
      },
    );
  }
}

export const definitionSent: DefinitionOf = ({ definition }) => {
  const parsed = parseSearchDefinition(definition);
  if (!parsed.ok) throw new Error(`a definition was sent that is none: ${parsed.error.code}`);
  return parsed.value;
};

function put(hosted: HostedIndex, [number, key, texts, vector]: SentRecord): void {
  const { index, numbers } = hosted;
  if (index.putTexts(key, texts, vector)) hosted.changes++;
  if (texts === null) numbers.delete(key);
  else numbers.set(key, number);
}

function* numbered(ranked: Ranked, numbers: ReadonlyMap<string, number>): Generator<void, RankedNumbers> {
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
