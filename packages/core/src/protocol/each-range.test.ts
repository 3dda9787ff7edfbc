import { expect, test } from 'vitest';
import { pathText } from '../primitives/check-value.js';
import { changedAt, CLIENT_SAMPLES, placesIn, SERVER_SAMPLES, valueAt } from './message-samples.arbitrary.js';
import { parseClientMessage, parseHello, parseServerMessage } from './parse.js';

// Every number, text and list of every message: what may stand there, and what is out of its range, too long or too many.

const HELLO = {
  protocol: 1,
  replicas: [
    ['a.0', 3],
    ['b.0', 4, 2],
  ],
  lineage: 'l',
  token: 't',
  subs: [{ sub: 3, map: 'm', query: { limit: 1 }, have: [2, 'AA'], through: 5 }],
};

type Parse = (message: unknown) => { readonly ok: boolean };

const ALL: readonly (readonly [type: string, message: object, parse: Parse])[] = [
  ['hello', HELLO, parseHello],
  ...CLIENT_SAMPLES.map(({ message }) => [message.type, message, parseClientMessage] as const),
  ...SERVER_SAMPLES.map(({ message }) => [message.type, message, parseServerMessage] as const),
];

/** The first that fits says what is right in a place: these, of all that are tried there. */
type Rules<T> = readonly (readonly [at: RegExp, right: readonly T[]])[];

const rightAt = <T>(rules: Rules<T>, at: string): readonly T[] => {
  const rule = rules.find(([pattern]) => pattern.test(at));
  if (rule === undefined) throw new Error(`no rule for ${at}`);
  return rule[1];
};

/** The places where `isIt`, each with those of the tried things that are read there. */
function readAt<T>([, message, parse]: (typeof ALL)[number], tried: readonly T[], isIt: (value: unknown) => boolean) {
  return placesIn(message)
    .filter((path) => path[0] !== 'type' && isIt(valueAt(message, path)))
    .map((path) => {
      const put = (thing: T): unknown => changedAt(message, path, (holder, name) => void (holder[name] = thing));
      return [pathText(path), tried.filter((thing) => parse(put(thing)).ok)] as const;
    });
}

const LAST_MILLI = 2 ** 48 - 1;
const NUMBERS = [-1, -0.5, 0, 0.5, 1, 2, 3, 4, 256, 257, 270, 271, LAST_MILLI, LAST_MILLI + 1, 2 ** 53 - 1, 2 ** 53];
const from = (min: number, max = 2 ** 53 - 1): readonly number[] =>
  NUMBERS.filter((number) => Number.isInteger(number) && number >= min && number <= max);

const NUMBER_RULES: Rules<number> = [
  [/^\$\.protocol$/, [1]],
  [/^\$\.limit$/, from(1, 1_000)],
  [/^\$\.complete$/, from(1, 50)],
  // What an app wrote.
  [/^\$\.events\[0\]\.(value|previous)$|^\$\.(args|result|data)/, NUMBERS],
  [/^\$(\.subs\[0\])?\.query|\.ops\[\d\]\[5\]\[0\]|\.ops\[\d\]\[6\]$|\.(at|serverTime)$/, NUMBERS],
  [/\[2\]\[3\]\[\d\]\[2\]/, NUMBERS],
  [/\.partition$/, from(0, 270)],
  [/\.transaction\.parts$/, from(2, 256)],
  [/\.(ops|changed)\[\d\]\[0\]$|\.first$|\.verdicts\[\d\]\[0\]$|\.rejected\[0\]\.seq$/, from(1)],
  [/\[2\]\[1\]$/, from(0, 3)],
  [/\[2\]\[4\]\[1\]$/, from(0, LAST_MILLI)],
  [/./, from(0)],
];

const REPLICAS = ['a.0', '.0', 'x'.repeat(64)];
const STAMPS = ['-------5---a.0', '-------9---c.0', `zzzzzzzzzzz${'x'.repeat(64)}`];
const NO_STAMPS = ['-------5---', `-------5---${'x'.repeat(65)}`, '------.5---a.0', '-------5---a b'];
const TEXTS = ['', 'k', 'a b', 'x'.repeat(64), 'x'.repeat(65), 'x'.repeat(4_096), 'x'.repeat(4_097), 'applied', 'c'];
const TRIED = [
  ...new Set([...REPLICAS, ...STAMPS, ...NO_STAMPS, ...TEXTS, 'd', 'p', 'r', 'gone', 'too-large', 'internal']),
];
const isReplica = (text: string): boolean => /^[-.0-9A-Z_a-z]{1,64}$/.test(text);

const TEXT_RULES: Rules<string> = [
  [/^\$\.(maps\[0\]|name)$/, TRIED.filter((text) => text.length <= 128)],
  [/^\$\.facets\[0\]$/, TRIED.filter((text) => text.length <= 256)],
  [/^\$\.unless$/, TRIED.filter((text) => text.length <= 64)],
  [/^\$\.(facets|completions|mark)/, TRIED],
  [/^\$(\.subs\[0\])?\.(query|lineage|token|map|nodes)/, TRIED],
  [/\.have\[1\]$/, TRIED],
  [/\.changed\[\d\]\[[23]\]$|\.changed\[\d\]\[5\]\[0\]\[0\]$/, TRIED],
  [/\.ops\[\d\]\[[23]\]$|\.ops\[\d\]\[5\]\[0\]|\.ops\[0\]\[5\]\[1\]\[0\]$|\.totals\[0\]\[[01]\]$/, TRIED],
  [
    /\.(ops|changed)\[\d\]\[1\]$|\.ops\[\d\]\[5\]\[1\]$/,
    TRIED.filter((text) => /^[-0-9A-Z_a-z]{11}[-.0-9A-Z_a-z]{1,64}$/.test(text)),
  ],
  [/\.(ops|changed)\[0\]\[4\]$/, ['c', 'p', 'r']],
  [/\.ops\[1\]\[4\]$/, ['d']],
  [/\.ops\[[234]\]\[4\]$/, []],
  [/^\$(\.replicas\[\d\]|\.decided\[\d\])\[0\]$|\.(replica|caller|call)$/, TRIED.filter(isReplica)],
  [/\.rejected\[0\]\.code$/, ['too-large']],
  [/^\$\.code$/, ['internal']],
  [/^\$\.events\[0\]\.type$/, []],
  [/^\$\.issues\[0\]\.path$/, TRIED],
  [/^\$\.events\[0\]\.(map|key|author|stamp)$/, TRIED],
  [/reason$/, TRIED.filter((text) => text.length <= 4_096)],
  [/\.verdicts\[\d\]\[1\]$/, ['applied']],
];

test.each(ALL)('PT-3: every number of %s is one of its range', (...message) => {
  for (const [at, read] of readAt(message, NUMBERS, (value) => typeof value === 'number')) {
    expect([at, read]).toEqual([at, rightAt(NUMBER_RULES, at)]);
  }
});

test.each(ALL)('PT-3: every text of %s is one that may stand there, and no longer', (...message) => {
  for (const [at, read] of readAt(message, TRIED, (value) => typeof value === 'string')) {
    // Records are read by checks of their own, which have tables of their own.
    if (/\.(changes|totals)/.test(at) && !/\.totals\[0\]\[[01]\]$/.test(at)) continue;
    // Its codes are its own.
    if (message[0] === 'call-refused' && at === '$.code') expect(read).toEqual([]);
    else
      expect([at, read]).toEqual([at, rightAt(TEXT_RULES, at).toSorted((a, b) => TRIED.indexOf(a) - TRIED.indexOf(b))]);
  }
});

/** How many things a list may hold: where each has its place, so many and no other; `null`: any number. */
const LENGTH_RULES: readonly (readonly [at: RegExp, lengths: readonly number[] | null])[] = [
  [
    /^\$\.(replicas|decided|batches|verdicts|rejected|totals|changed|changes|subs|maps|events|facets|completions|issues)$|^\$\.facets\[0\]$|\.(ops|changes)$|\[2\]\[3\]$|\.(ops|changed)\[0\]\[5\]$/,
    null,
  ],
  [/^\$\.replicas\[\d\]$/, [2, 3]],
  [/^\$\.(decided|verdicts)\[\d\]$|\.have$|\[2\]\[4\]$/, [2]],
  [/^\$\.facets\[0\]\[0\]$|^\$\.completions\[0\]$/, [2]],
  [/\.(ops|changed)\[0\]$/, [6, 7]],
  [/\.ops\[1\]$/, [5]],
  [/\.ops\[[234]\]$/, [6]],
  [/\.(ops|changed)\[0\]\[5\]\[\d\]$/, [1, 2]],
  [/\.ops\[4\]\[5\]$/, [1]],
  [/\.totals\[0\]$|\.changes\[0\]$/, [3]],
  [/\.changes\[1\]$/, [2]],
  // A fifth part of a record is its end, and not the number that is tried here.
  [/\.totals\[0\]\[2\]$/, [4]],
  [/\.changes\[0\]\[2\]$/, [4, 5]],
  [/\[2\]\[3\]\[\d\]$/, [2, 3]],
];

test.each(ALL)(
  'PT-3: every list of %s has one thing in each place, or any number of one kind',
  (_type, message, parse) => {
    for (const path of placesIn(message)) {
      const list: unknown = valueAt(message, path);
      const at = pathText(path);
      // The value and the tags of a set's op, and what an app wrote.
      if (!Array.isArray(list) || /\.ops\[[23]\]\[5\]$|^\$\.query|\[2\]\[3\]\[\d\]\[2\]/.test(at)) continue;
      const rule = LENGTH_RULES.find(([pattern]) => pattern.test(at));
      if (rule === undefined) throw new Error(`no rule for ${at}`);
      const isRead = (other: readonly unknown[]): boolean =>
        parse(changedAt(message, path, (holder, name) => void (holder[name] = other))).ok;
      if (rule[1] === null) {
        expect([at, isRead([])]).toEqual([at, true]);
        // The fields of a record are named once, and in their order.
        if (!at.endsWith('[2][3]')) expect([at, isRead([...list, ...list])]).toEqual([at, true]);
        continue;
      }
      const tried = Array.from({ length: list.length + 2 }, (_, length) =>
        [...list.slice(0, length), 1, 1].slice(0, length),
      );
      expect([at, tried.filter(isRead).map(({ length }) => length)]).toEqual([at, rule[1]]);
    }
  },
);
