import { describe, expect, test } from 'vitest';

import { OpenQuestions } from './open-questions.js';

describe('what sessions have asked', () => {
  test('is counted, found and ended under each session’s own ids', () => {
    const open = new OpenQuestions<string>();
    open.set('a', 1, 'a1');
    open.set('a', 2, 'a2');
    open.set('b', 1, 'b1');
    expect([open.countOf('a'), open.countOf('b'), open.countOf('c')]).toEqual([2, 1, 0]);
    expect([open.get('a', 1), open.get('b', 1), open.get('b', 2)]).toEqual(['a1', 'b1', undefined]);
    expect(open.idsOf('a')).toEqual([1, 2]);
    expect([open.take('a', 1), open.take('a', 1), open.take('c', 1)]).toEqual(['a1', undefined, undefined]);
    expect([open.idsOf('a'), open.get('b', 1)]).toEqual([[2], 'b1']);
  });

  test('may be ended while they are gone through', () => {
    const open = new OpenQuestions<string>();
    for (const id of [1, 2, 3]) open.set('a', id, 'x');
    for (const id of open.idsOf('a')) open.take('a', id);
    expect([open.countOf('a'), open.idsOf('a')]).toEqual([0, []]);
  });
});
