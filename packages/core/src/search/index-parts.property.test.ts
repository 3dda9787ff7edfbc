import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import type { Value } from '../primitives/index.js';
import { takeAll } from '../query/index.js';
import { recordArbitrary, searchArbitrary } from './naive-search.arbitrary.js';
import { parseSearch } from './parse-search.js';
import { parseSearchDefinition, type SearchDefinition, type SearchDefinitionInput } from './search-definition.js';
import { SearchIndex } from './search-index.js';

const defined = (input: SearchDefinitionInput): SearchDefinition => {
  const parsed = parseSearchDefinition(input);
  if (!parsed.ok) throw new Error(parsed.error.code);
  return parsed.value;
};
const definition = defined({ fields: ['title', 'body'] });

const KEYS = ['a', 'b', 'c', 'd', 'e', '', '__proto__', 'é\0'] as const;
const script = fc.array(fc.tuple(fc.constantFrom(...KEYS), fc.option(recordArbitrary, { freq: 3, nil: undefined })), {
  maxLength: 30,
});

function indexOf(changes: readonly (readonly [string, Value | undefined])[]): SearchIndex {
  const index = new SearchIndex(definition);
  for (const [key, value] of changes) index.put(key, value);
  takeAll(index.vacuumSteps());
  return index;
}

function loaded(parts: Iterable<string>, by = definition): SearchIndex | null {
  const loading = SearchIndex.loading(by);
  for (const part of parts) if (!loading.take(part)) break;
  return loading.finish();
}

/** Keys and scores, as an index says them. */
function ranked(index: SearchIndex, { terms, ...options }: { readonly terms: readonly string[] }): unknown {
  const query = parseSearch(definition, terms.join(' '), options);
  if (!query.ok) throw new Error(query.error.code);
  const found = index.ranked(query.value);
  const hits = Array.from({ length: found.length }, (_, i) => [found.keyAt(i), found.scoreAt(i)] as const);
  return hits.toSorted(([a], [b]) => (String(a) < String(b) ? -1 : 1));
}

describe('SE-8: an index in parts', () => {
  test('is the same index when it has all of them, scores and size and all, and goes on as one that was never written', () => {
    fc.assert(
      fc.property(script, script, searchArbitrary, (before, later, search) => {
        const index = indexOf(before);
        const other = loaded(index.saveParts());
        if (other === null) throw new Error('not loaded');
        expect([other.size, other.bytes]).toEqual([index.size, index.bytes]);
        expect(ranked(other, search)).toEqual(ranked(index, search));
        for (const [key, value] of later) expect(other.put(key, value)).toBe(index.put(key, value));
        expect(ranked(other, search)).toEqual(ranked(index, search));
      }),
      { numRuns: 60 },
    );
  });

  test('brought up to the records there are, it is one that is made of them; what was not put again is forgotten', () => {
    fc.assert(
      fc.property(script, script, searchArbitrary, (before, after, search) => {
        const other = loaded(indexOf(before).saveParts());
        const records = new Map<string, Value>();
        for (const [key, value] of after) {
          if (value === undefined) records.delete(key);
          else records.set(key, value);
        }
        const filling = other?.fill(records.keys(), (key) => records.get(key));
        while (filling?.next().done === false);
        if (other !== null) takeAll(other.vacuumSteps());
        expect(other?.size).toBe(records.size);
        expect(ranked(other as SearchIndex, search)).toEqual(ranked(indexOf([...records]), search));
      }),
      { numRuns: 60 },
    );
  });

  test('is none with a part too few, something after the last, a first or last one out of its place, or a character that is another', () => {
    const parts = [
      ...indexOf([
        ['a', { title: 'oat milk' }],
        ['b', { title: 'milk', body: 'bread' }],
      ]).saveParts(),
    ];
    expect(loaded(parts)).not.toBeNull();
    expect(loaded([])).toBeNull();
    parts.forEach((part, i) => {
      expect(loaded(parts.toSpliced(i, 1)), `without ${i}`).toBeNull();
      expect(loaded(parts.toSpliced(i, 1, part.slice(0, -1))), `cut ${i}`).toBeNull();
      expect(loaded(parts.toSpliced(i, 1, `${part.slice(0, -2)}x]`)), `damaged ${i}`).toBeNull();
      // What is between the first and the last may come in any order.
      if (i === 1 || i === parts.length - 1)
        expect(loaded(parts.with(i, parts[i - 1] as string).with(i - 1, part)), `turned ${i}`).toBeNull();
    });
    expect(loaded([...parts, parts.at(-1) as string])).toBeNull();
  });

  test.each<[string, SearchDefinitionInput]>([
    ['other fields', { fields: ['title'] }],
    ['other stop words', { fields: ['title', 'body'], stopWords: ['the'] }],
    ['another stemmer', { fields: ['title', 'body'], stemmer: { name: 's', stem: (word) => word } }],
    ['another tokenizer', { fields: ['title', 'body'], tokenizer: { name: 't', split: () => [] } }],
  ])('of a definition with %s it is none', (_what, input) => {
    expect(loaded(indexOf([['a', { title: 'milk' }]]).saveParts(), defined(input))).toBeNull();
  });

  test('SE-13: has parts of a bounded size, however many records have a word, and however many words a record has', () => {
    const index = new SearchIndex(definition);
    for (let i = 0; i < 5_000; i++) index.put(`k${i}`, { title: 'milk', body: `rare${i}` });
    const parts = [...index.saveParts()];
    let [documents, numbers] = [0, 0];
    for (const part of parts) {
      expect(part).not.toContain('\n');
      const [type, list] = JSON.parse(part.slice(14)) as ['documents' | 'terms', [string, number, number[]][]];
      if (type === 'documents') {
        documents += list.length;
        expect(list.length).toBeLessThanOrEqual(500);
      }
      if (type !== 'terms') continue;
      // A term counts as one posting.
      const size = list.reduce((sum, [, , postings]) => sum + postings.length + 2, 0);
      numbers += list.reduce((sum, [, , postings]) => sum + postings.length, 0);
      expect(size).toBeLessThanOrEqual(2_002);
    }
    expect([documents, numbers]).toEqual([5_000, 20_000]);
    expect(parts.length).toBeLessThan(50);
    expect(loaded(parts)?.size).toBe(5_000);
  });

  test('SE-13: what is gone is passed over a bounded number of documents a step, and of an index that was not stored nothing is read', () => {
    const index = new SearchIndex(definition);
    for (let i = 0; i < 5_000; i++) index.put(`k${i}`, { title: 'milk' });
    let reads = 0;
    const valueOf = (): Value => {
      reads++;
      return { title: 'milk' };
    };
    expect([Array.from(index.forgetUnseen(valueOf)).length, reads]).toEqual([4, 0]);
    const other = loaded(index.saveParts()) as SearchIndex;
    other.put('k0', { title: 'milk' });
    other.put('k1', { title: 'bread' });
    other.put('new', { title: 'bread' });
    expect(Array.from(other.forgetUnseen(valueOf)).length).toBe(4_998);
    // Put once more, each has been seen.
    expect([other.size, reads, Array.from(other.forgetUnseen(valueOf)).length]).toEqual([5_001, 4_998, 4]);
    const third = loaded(index.saveParts()) as SearchIndex;
    third.put('k7', { title: 'milk' });
    Array.from(third.forgetUnseen());
    expect([third.size, third.has('k7'), third.has('k8'), third.removals]).toEqual([1, true, false, 4_999]);
  });

  test('leaves out what is left of records that are gone, and has the same scores without it', () => {
    fc.assert(
      fc.property(script, searchArbitrary, (changes, search) => {
        const littered = new SearchIndex(definition);
        for (const [key, value] of changes) littered.put(key, value);
        const parts = [...littered.saveParts()];
        // Terms lie in the order in which they came, or came again.
        const held = (some: readonly string[]): unknown[] =>
          some.map((part) =>
            (JSON.parse(part.slice(14)) as unknown[]).map((each) =>
              JSON.stringify(each)
                .split('],[')
                .map((one) => one.replaceAll(/[[\]]/g, ''))
                .sort(),
            ),
          );
        expect(held(parts)).toEqual(held([...indexOf(changes).saveParts()]));
        expect(ranked(loaded(parts) as SearchIndex, search)).toEqual(ranked(indexOf(changes), search));
      }),
      { numRuns: 100 },
    );
  });
});
