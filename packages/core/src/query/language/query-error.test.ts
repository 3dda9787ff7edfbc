import { describe, expect, test } from 'vitest';
import { describeQueryError, type QueryError } from './query-error.js';

describe('the sentence of a query error', () => {
  const cases: readonly (readonly [QueryError, string])[] = [
    [
      { code: 'wrong-type', path: ['limit'], expected: 'an integer from 1 to 100000' },
      'limit must be an integer from 1 to 100000.',
    ],
    [{ code: 'wrong-type', path: [], expected: 'an object' }, 'the query must be an object.'],
    [{ code: 'unknown-option', path: [], option: 'wehre' }, 'the query has no option "wehre".'],
    [
      { code: 'unknown-operator', path: ['where', '$or', 1, 'a', '$x'], operator: '$x' },
      'where.$or[1].a.$x uses "$x", which is not an operator.',
    ],
    [
      { code: 'mixed-condition', path: ['where', 'owner.id'] },
      'where["owner.id"] mixes operators with fields; to compare with an object, use $eq.',
    ],
    [
      { code: 'not-a-value', path: ['where', ''], reason: '$: NaN is not a finite number' },
      'where[""] is not a value: $: NaN is not a finite number.',
    ],
    [{ code: 'too-deep', path: ['where', 'a'], max: 16 }, 'where.a is nested deeper than 16 levels.'],
    [{ code: 'too-many-nodes', path: ['where'], max: 256 }, 'where exceeds 256 conditions in one query.'],
    [{ code: 'too-many-values', path: ['where', 'a', '$in'], max: 1000 }, 'where.a.$in lists more than 1000 values.'],
    [{ code: 'too-long', path: ['where', 'a', '$like'], max: 512 }, 'where.a.$like is longer than 512 characters.'],
    [
      { code: 'bad-pattern', path: ['where', 'a', '$regex'], reason: 'has a group that does not end' },
      'where.a.$regex has a group that does not end.',
    ],
    [{ code: 'nothing-to-score', path: ['sort'] }, 'sort names _score, and no $match says what is scored.'],
    [
      { code: 'not-together', path: ['include', 'owner'], options: ['limit', 'one'] },
      'include.owner has limit and one, which do not go together.',
    ],
    [
      { code: 'name-taken', path: ['aggregate', 'owner'], name: 'owner' },
      'aggregate.owner would show two things under the name "owner".',
    ],
    [{ code: 'cursor-expired', path: ['cursor'] }, 'cursor is too old: begin with the first page again.'],
    [{ code: 'cursor-invalid', path: ['cursor'] }, 'cursor is no cursor of this query.'],
  ];

  test.each(cases)('%j', (error, sentence) => {
    expect(describeQueryError(error)).toBe(sentence);
  });
});
