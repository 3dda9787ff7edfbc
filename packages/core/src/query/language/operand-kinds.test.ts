import { describe, expect, test } from 'vitest';
import { checkValue } from '../../primitives/index.js';
import { valueToLiteral } from '../literal.js';
import { parseQuery } from '../parse-query.js';
import type { QueryInput } from '../query-input.js';
import type { QueryError } from './query-error.js';
import { validateQuery } from './validate-query.js';

/** One operand of each kind, by the name that the table below calls it. */
const OPERANDS = {
  nothing: undefined,
  null: null,
  yes: true,
  no: false,
  zero: 0,
  half: -0.5,
  NaN: Number.NaN,
  infinite: Infinity,
  big: 10n,
  symbol: Symbol('x'),
  function: () => 1,
  empty: '',
  text: 'text',
  backslash: 'a\\',
  open: '(',
  wild: '%_%',
  classes: '^[a-c]+$',
  back: '(a)\\1',
  bytes: new Uint8Array([1]),
  list: [],
  numbers: [1, 2],
  texts: ['a', 'b'],
  mixed: [1, 'b'],
  nulls: [null, null],
  three: [1, 2, 3],
  lists: [[1], [2]],
  holes: [1, undefined],
  NaNs: [1, Number.NaN],
  object: { a: 1 },
  none: {},
  date: new Date(0),
  map: new Map(),
  regexp: /a+/,
  aside: /a+/i,
  unicode: /a+/u,
  global: /a+/g,
  multiline: /a+/m,
  nonUnicode: new RegExp('\\-'),
} as const;
type Kind = keyof typeof OPERANDS;
const KINDS = Object.keys(OPERANDS) as Kind[];

const TEXTS: readonly Kind[] = ['empty', 'text', 'backslash', 'open', 'wild', 'classes', 'back'];
const LISTS: readonly Kind[] = ['list', 'numbers', 'texts', 'mixed', 'nulls', 'three', 'lists'];
/** QU-1: what a record may hold. */
const VALUES: readonly Kind[] = [
  ...(['null', 'yes', 'no', 'zero', 'half', 'bytes', 'object', 'none'] as const),
  ...TEXTS,
  ...LISTS,
];
/** QU-1: booleans, numbers, strings, bytes. */
const RANGES: readonly Kind[] = ['yes', 'no', 'zero', 'half', 'bytes', ...TEXTS];
const PAIRS: readonly Kind[] = ['numbers', 'texts', 'mixed'];

/** What each operator takes (QU-1, QU-9 to QU-11, QU-19), and of what is of its type and refused yet, why. */
const TABLE: readonly (readonly [operator: string, taken: readonly Kind[], patterns: readonly Kind[]])[] = [
  ['$eq', VALUES, []],
  ['$ne', VALUES, []],
  ['$contains', VALUES, []],
  ['$gt', RANGES, []],
  ['$gte', RANGES, []],
  ['$lt', RANGES, []],
  ['$lte', RANGES, []],
  ['$between', PAIRS, []],
  ['$in', LISTS, []],
  ['$nin', LISTS, []],
  ['$containsAny', LISTS, []],
  ['$containsAll', LISTS, []],
  ['$exists', ['yes', 'no'], []],
  ['$isNull', ['yes', 'no'], []],
  ['$startsWith', TEXTS, []],
  ['$match', TEXTS, []],
  ['$like', TEXTS.filter((kind) => kind !== 'backslash'), ['backslash']],
  ['$ilike', TEXTS.filter((kind) => kind !== 'backslash'), ['backslash']],
  [
    '$regex',
    ['empty', 'text', 'wild', 'classes', 'regexp', 'aside', 'unicode'],
    ['backslash', 'open', 'back', 'global', 'multiline', 'nonUnicode'],
  ],
];

const codeOf = (where: unknown): QueryError['code'] | 'ok' => {
  const query = parseQuery({ where } as QueryInput);
  return query.ok ? 'ok' : query.error.code;
};
/** What may be inside of a value that is not one itself. */
const NOT_VALUES: readonly Kind[] = KINDS.filter((kind) => !checkValue(OPERANDS[kind]).ok);

describe('QU-1, QU-4: what each operator takes, of one operand of each kind', () => {
  test('the kinds are told apart as a record would tell them', () => {
    expect(KINDS.filter((kind) => !NOT_VALUES.includes(kind)).toSorted()).toEqual([...VALUES].toSorted());
  });

  test.each(TABLE)('%s takes %j', (operator, taken, patterns) => {
    expect(KINDS.filter((kind) => codeOf({ a: { [operator]: OPERANDS[kind] } }) === 'ok')).toEqual(
      KINDS.filter((kind) => taken.includes(kind)),
    );
    expect(KINDS.filter((kind) => codeOf({ a: { [operator]: OPERANDS[kind] } }) === 'bad-pattern')).toEqual(
      KINDS.filter((kind) => patterns.includes(kind)),
    );
    for (const kind of KINDS.filter((one) => !taken.includes(one) && !patterns.includes(one))) {
      expect([kind, ['wrong-type', 'not-a-value'].includes(codeOf({ a: { [operator]: OPERANDS[kind] } }))]).toEqual([
        kind,
        true,
      ]);
    }
  });

  test('an equality written plainly takes what $eq takes, and of objects without operators', () => {
    for (const kind of KINDS) {
      expect([kind, codeOf({ a: OPERANDS[kind] })]).toEqual([kind, codeOf({ a: { $eq: OPERANDS[kind] } })]);
      expect([kind, codeOf([['a'], OPERANDS[kind]])]).toEqual([kind, codeOf({ a: { $eq: OPERANDS[kind] } })]);
    }
  });

  test.each(TABLE)('%s refuses in every place what it refuses in one', (operator) => {
    for (const kind of KINDS) {
      const alone = codeOf({ a: { [operator]: OPERANDS[kind] } });
      const condition = { [operator]: OPERANDS[kind] };
      const places = [
        { $and: [{ a: condition }] },
        { $or: [{ b: 1 }, { a: condition }] },
        { $not: { a: condition } },
        [['a', 'b'], condition],
        { b: 1, a: condition },
        { a: { $exists: true, ...condition } },
      ];
      expect([kind, places.map(codeOf)]).toEqual([kind, places.map(() => alone)]);
    }
  });
});

/** Each operator as it is on the wire: its type, and where its operand is. */
const WIRE: Readonly<Record<string, readonly [type: string, member: string]>> = {
  $eq: ['eq', 'value'],
  $ne: ['ne', 'value'],
  $contains: ['contains', 'value'],
  $gt: ['gt', 'value'],
  $gte: ['gte', 'value'],
  $lt: ['lt', 'value'],
  $lte: ['lte', 'value'],
  $in: ['in', 'values'],
  $nin: ['nin', 'values'],
  $containsAny: ['containsAny', 'values'],
  $containsAll: ['containsAll', 'values'],
  $exists: ['exists', 'exists'],
  $isNull: ['isNull', 'isNull'],
  $startsWith: ['startsWith', 'prefix'],
  $match: ['match', 'text'],
};

describe('QU-4: the same off the wire', () => {
  /** As a client sends it; what no client could send goes as it is. */
  const sent = (member: string, operand: unknown): unknown => {
    const checked = checkValue(operand);
    if (!checked.ok) return operand;
    if (member === 'value') return valueToLiteral(checked.value);
    return member === 'values' && Array.isArray(operand) ? operand.map(valueToLiteral) : operand;
  };

  test.each(Object.entries(WIRE))('%s', (operator, [type, member]) => {
    const taken = TABLE.find(([name]) => name === operator)?.[1] ?? [];
    const found = KINDS.filter((kind) => {
      const where = { type, path: ['a'], [member]: sent(member, OPERANDS[kind]) };
      return validateQuery({ where, sort: [], limit: null }).ok;
    });
    expect(found).toEqual(KINDS.filter((kind) => taken.includes(kind)));
  });

  test.each(['like', 'regex'] as const)(
    '%s takes texts that are patterns, and says whether letter case counts',
    (type) => {
      const [, taken = []] = TABLE.find(([name]) => name === `$${type}`) ?? [];
      for (const caseInsensitive of [true, false]) {
        const found = KINDS.filter((kind) => {
          const where = { type, path: ['a'], pattern: OPERANDS[kind], caseInsensitive };
          return validateQuery({ where, sort: [], limit: null }).ok;
        });
        // Expressions are objects of a device, and no JSON.
        expect(found).toEqual(KINDS.filter((kind) => taken.includes(kind) && TEXTS.includes(kind)));
      }
      for (const kind of KINDS) {
        const where = { type, path: ['a'], pattern: 'a', caseInsensitive: OPERANDS[kind] };
        expect([kind, validateQuery({ where, sort: [], limit: null }).ok]).toEqual([
          kind,
          kind === 'yes' || kind === 'no',
        ]);
      }
    },
  );
});
