import { describe, expect, test } from 'vitest';
import { pathText } from '../primitives/check-value.js';
import {
  changedAt,
  CLIENT_SAMPLES,
  placesIn,
  SERVER_SAMPLES,
  TYPES_OF_SAMPLES,
  valueAt,
  type MessageSample,
  type Path,
} from './message-samples.arbitrary.js';
import { parseClientMessage, parseServerMessage } from './parse.js';

// Every message with every single part of it missing, or of a wrong type: refused, naming the place.

type Parse = (message: unknown) => ReturnType<typeof parseClientMessage> | ReturnType<typeof parseServerMessage>;

const ALL: readonly (readonly [type: string, sample: MessageSample, parse: Parse])[] = [
  ...CLIENT_SAMPLES.map((sample) => [sample.message.type, sample, parseClientMessage] as const),
  ...SERVER_SAMPLES.map((sample) => [sample.message.type, sample, parseServerMessage] as const),
];

/** What an app wrote, and queries: their content is judged elsewhere, and may be any JSON here. */
const ANYTHING: readonly RegExp[] = [
  /^\$\.query/,
  /^\$\.facets\[0\]\[0\]\[0\]/,
  /^\$\.events\[0\]\.(value|previous)/,
  /^\$\.(args|result|data)/,
  /\.ops\[\d\]\[5\]\[0\]\[1\]/,
  /\.ops\[[23]\]\[5\]\[0\]/,
  /\.ops\[4\]\[5\]\[0\]/,
  /\[2\]\[3\]\[\d\]\[2\]/,
];
const isAnything = (at: string): boolean => ANYTHING.some((pattern) => pattern.test(at));

/** None of these is right in any place but those of {@link ANYTHING}. */
const WRONG: readonly unknown[] = [{ surprise: 1 }, true, [[[]]], '\u0000', -0.5];

/** Whether it is right there after all: any text for a name, any number for a time, any value that an op may hold, no part of what is all optional. */
function isRightThere(at: string, value: unknown, wrong: unknown): boolean {
  if (Array.isArray(wrong)) return /\.ops\[[234]\]\[5\]$/.test(at);
  if (typeof wrong === 'object') return at === '$.about' || at === '$.limits';
  if (typeof wrong === 'number') return /\.(at|serverTime)$|\.ops\[0\]\[6\]$/.test(at);
  return typeof wrong === typeof value;
}

/** A place is told as it is, as one within it, or as the nearest one around it that the check looks at as a whole. */
const isThere = (told: string, path: Path): boolean =>
  told.startsWith(pathText(path)) || path.some((_step, i) => told === pathText(path.slice(0, i + 1)));

test('there is a sample of every message', () => {
  expect(ALL.map(([type]) => type).sort()).toEqual(Object.keys(TYPES_OF_SAMPLES).sort());
});

describe.each(ALL)('%s', (_type, { message, optional }, parse) => {
  const places = placesIn(message).filter((path) => path[0] !== 'type');

  test('is read as it is', () => {
    expect(parse(message)).toEqual({ ok: true, value: message });
  });

  test('may be without what may be missing, one by one, and then says nothing of it', () => {
    for (const name of optional) {
      const without = changedAt(message, name.split('.'), (holder, last) => void delete holder[last]);
      const read = parse(without);
      expect(read, name).toMatchObject({ ok: true });
    }
  });

  test('is refused without any other part, naming that', () => {
    const named = places.filter((path) => typeof path.at(-1) === 'string');
    const missed: string[] = [];
    for (const path of named) {
      const at = pathText(path);
      if (optional.includes(path.join('.')) || isAnything(at)) continue;
      const read = parse(changedAt(message, path, (holder, last) => void delete holder[last]));
      if (read.ok || read.error.code !== 'malformed' || read.error.at !== at)
        missed.push(`${at}: ${JSON.stringify(read)}`);
    }
    expect(missed).toEqual([]);
  });

  test('is refused with any part of a wrong type, naming that', () => {
    const missed: string[] = [];
    for (const path of places) {
      const at = pathText(path);
      if (isAnything(at)) continue;
      for (const wrong of WRONG) {
        if (isRightThere(at, valueAt(message, path), wrong)) continue;
        const read = parse(changedAt(message, path, (holder, last) => void (holder[last] = wrong)));
        if (read.ok || !isThere(read.error.at, path))
          missed.push(`${at} as ${JSON.stringify(wrong)}: ${JSON.stringify(read)}`);
      }
    }
    expect(missed).toEqual([]);
  });

  test('is refused when a part is null, except for an end that was cleared, and an author who is nobody', () => {
    for (const path of places) {
      const at = pathText(path);
      const isEnd = /\.ops\[0\]\[6\]$|\[2\]\[4\]\[1\]$|\.author$/.test(at);
      if (isAnything(at)) continue;
      const read = parse(changedAt(message, path, (holder, last) => void (holder[last] = null)));
      expect(read.ok, at).toBe(isEnd);
    }
  });

  test('is not what the other side may say', () => {
    const other: Parse = parse === parseClientMessage ? parseServerMessage : parseClientMessage;
    expect(other(message)).toMatchObject({ ok: false, error: { code: 'malformed', at: '$.type' } });
  });

  test('with something more is read without that: a newer peer may say it', () => {
    expect(parse({ ...message, surprise: 1 })).toMatchObject({ ok: true, value: message });
  });
});
