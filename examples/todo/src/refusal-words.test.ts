import type { Rejection } from '@topgun/react';
import { describe, expect, it } from 'vitest';

import { wordsFor } from './refusal-words.js';

const refused = (attempted: Rejection['attempted'], code = 'too-large'): Rejection => ({
  id: 'a:1',
  map: 'todos',
  key: 'k',
  code,
  reason: 'The record would be larger than 512 bytes.',
  attempted,
  at: 0,
});
const patch = (fields: Record<string, string | boolean>): Rejection => refused({ type: 'patch', fields, unset: [] });

describe('the words for a refused write', () => {
  it('CL-7: say what was tried, of a todo that is here or not', () => {
    const words = [
      wordsFor(refused({ type: 'set', value: { text: 'long', done: false } }), undefined),
      wordsFor(patch({ text: 'long' }), 'milk'),
      wordsFor(patch({ done: true }), 'milk'),
      wordsFor(patch({ done: false }), undefined),
      wordsFor(patch({ order: 'a0' }), 'milk'),
      wordsFor(refused({ type: 'remove' }), 'milk'),
    ];
    expect(words.map(({ what, text }) => [what, text])).toEqual([
      ['New todo', 'long'],
      ['New text for “milk”', 'long'],
      ['Marking “milk” as done', null],
      ['Marking a todo as not done', null],
      ['Moving “milk”', null],
      ['Deleting “milk”', null],
    ]);
  });

  it('say why without jargon, and with the words of the server where there are no better ones', () => {
    const value = { text: 'long' };
    expect(wordsFor(refused({ type: 'set', value }), undefined).why).toBe('It is longer than the server takes.');
    expect(wordsFor(refused({ type: 'set', value }, 'of-tomorrow'), undefined).why).toBe(
      'The record would be larger than 512 bytes.',
    );
  });
});
