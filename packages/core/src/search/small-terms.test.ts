import SearchableMap from 'minisearch/SearchableMap';
import { describe, expect, test } from 'vitest';

import { takeAll } from '../query/index.js';
import { DocumentScores } from './document-scores.js';
import { allTerms, BRANCHES_PER_STEP, nearTerms, termsFrom, type TermTree } from './near-terms.js';
import { everyChoice, everyList, stepsOf } from './searched-world.arbitrary.js';
import { TermIndex } from './term-index.js';
import { textSignature } from './text-signature.js';

/** All words of up to so many letters of two. */
const wordsUpTo = (length: number): readonly string[] =>
  Array.from({ length }, (_, i) => [...everyList(['a', 'b'], i + 1)].map((letters) => letters.join(''))).flat();

const treeOf = (words: readonly string[]): TermTree<string> => {
  const map = new SearchableMap<string>();
  for (const word of words) map.set(word, `held for ${word}`);
  return map._tree as unknown as TermTree<string>;
};

/** By trying all ways to change, to put in and to take out a letter: no table, and no row. */
function reachable(from: string, edits: number, longest: number): Map<string, number> {
  const distances = new Map([[from, 0]]);
  let edge = [from];
  for (let distance = 1; distance <= edits; distance++) {
    const next: string[] = [];
    for (const word of edge) {
      const changed = Array.from(word, (_, i) => ['a', 'b', ''].map((by) => word.slice(0, i) + by + word.slice(i + 1)));
      const longer = Array.from({ length: word.length + 1 }, (_, i) =>
        ['a', 'b'].map((by) => word.slice(0, i) + by + word.slice(i)),
      );
      for (const other of [...changed, ...longer].flat()) {
        if (distances.has(other) || other.length > longest) continue;
        distances.set(other, distance);
        next.push(other);
      }
    }
    edge = next;
  }
  return distances;
}

describe('SE-5, SE-9, SE-47: of all words of two letters', () => {
  const words = wordsUpTo(5);
  const tree = treeOf(words);

  test('those are near that so many changes lead to, with how many', () => {
    expect(words).toHaveLength(62);
    for (const wanted of [...words, 'x', 'abx', 'bbbbbbb']) {
      for (const edits of [0, 1, 2, 3]) {
        const near = takeAll(nearTerms(tree, wanted, edits));
        const letters = wanted.replaceAll('x', 'ab').length;
        const all = wanted.includes('x') ? null : reachable(wanted, edits, letters + edits);
        for (const word of words) {
          const held = near.get(word);
          if (all !== null) expect(held?.[1]).toBe(all.get(word));
          if (held !== undefined) expect(held[0]).toBe(`held for ${word}`);
        }
        // A letter that none of them has is one change for each.
        if (wanted === 'x') expect(near.size).toBe(edits === 0 ? 0 : wordsUpTo(edits).length);
      }
    }
  });

  test('those begin so that do, whether or not that is a word itself', () => {
    for (const beginning of ['', ...words, 'x', 'ax', 'aaaaaa']) {
      const begun = takeAll(termsFrom(tree, beginning));
      expect([...begun.keys()].toSorted()).toEqual(words.filter((word) => word.startsWith(beginning)).toSorted());
      for (const [word, held] of begun) expect(held).toBe(`held for ${word}`);
    }
  });

  test('each choice of a few is gone through, found by its beginnings, and by its neighbours, as it is', () => {
    const few = ['a', 'ab', 'abb', 'b', 'ba', 'abab', 'bb'];
    for (const some of everyChoice(few)) {
      const own = treeOf(some);
      const sorted = some.toSorted();
      expect(Array.from(allTerms(own), ([word]) => word).toSorted()).toEqual(sorted);
      for (const beginning of ['a', 'ab', 'b', 'aba'])
        expect([...takeAll(termsFrom(own, beginning)).keys()].toSorted()).toEqual(
          sorted.filter((word) => word.startsWith(beginning)),
        );
      for (const wanted of few) {
        const all = reachable(wanted, 1, 6);
        expect([...takeAll(nearTerms(own, wanted, 1)).keys()].toSorted()).toEqual(
          sorted.filter((word) => all.has(word)),
        );
      }
    }
  });

  test('are looked at so many branches a step', () => {
    const many = treeOf(wordsUpTo(10));
    const branches = 2 * wordsUpTo(10).length;
    for (const steps of [termsFrom(many, ''), nearTerms(many, 'ababababab', 10)]) {
      const [taken] = stepsOf<unknown>(steps);
      expect(taken).toBe(Math.floor(branches / BRANCHES_PER_STEP));
    }
    expect(stepsOf(termsFrom(many, 'abababab'))[0]).toBe(0);
  });
});

describe('SE-4: an index of terms, after every history of changes of two documents', () => {
  const TEXTS: readonly (readonly string[])[] = [[], ['x'], ['x', 'y', 'x']];
  type Change = readonly [key: string, terms: readonly string[] | null];
  const changes: readonly Change[] = ['a', 'b'].flatMap((key) =>
    [null, ...TEXTS].map((terms) => [key, terms] as const),
  );
  const add = (index: TermIndex, key: string, terms: readonly string[]): void => {
    const number = index.begin();
    const each = new Set(terms);
    for (const term of each) index.addTerm(number, 0, term, terms.filter((other) => other === term).length);
    index.finish(number, key, 'signature', [each.size]);
  };
  const change = (index: TermIndex, [key, terms]: Change): void => {
    index.discard(key);
    if (terms !== null) add(index, key, terms);
  };
  /** Of each term, who has it how often. */
  const held = (index: TermIndex): readonly string[] =>
    Array.from(allTerms(index.tree), ([term, fields]) => {
      const postings = fields.get(0) ?? [];
      const having: string[] = [];
      for (let i = 0; i < postings.length; i += 2) {
        const document = index.documents.get(postings[i] as number);
        if (document !== undefined) having.push(`${document.key} ${postings[i + 1]}`);
      }
      return [term, ...having.toSorted()].join(' ');
    }).toSorted();

  test('it holds what documents have that are there, and once cleared away nothing else, whenever it is begun to be cleared', () => {
    for (const list of everyList(changes, 3)) {
      for (const begun of [0, 1, 2, 3]) {
        const [index, fresh] = [new TermIndex(), new TermIndex()];
        let clearing: Generator<void> | null = null;
        list.forEach((each, i) => {
          if (i === begun) (clearing = index.vacuumSteps()).next();
          change(index, each);
        });
        for (const each of new Map(list)) if (each[1] !== null) add(fresh, each[0], each[1]);
        expect(index.documents.size).toBe(fresh.documents.size);
        if (fresh.documents.size > 0) expect(index.averageLength(0)).toBe(fresh.averageLength(0));
        for (const left of [clearing, index.vacuumSteps()]) if (left !== null) takeAll(left);
        expect(held(index)).toEqual(held(fresh));
        expect([index.termCount, index.litter, index.tree.size]).toEqual([fresh.termCount, 0, fresh.tree.size]);
      }
    }
  });
});

describe('SE-47: scores by document', () => {
  test('are added for one word, and set for all of them, next to others as far away as may be', () => {
    const scores = new DocumentScores();
    const at = [0, 1, 1_023, 1_024, 5_000, 100_000];
    for (const [i, document] of at.entries()) {
      expect([scores.score(document), scores.words(document)]).toEqual([undefined, 0]);
      scores.add(document, i);
      scores.add(document, 0.5);
      expect([scores.score(document), scores.words(document)]).toEqual([i + 0.5, 1]);
    }
    scores.set(1_024, 0, 32);
    expect([scores.score(1_024), scores.words(1_024)]).toEqual([0, 32]);
    expect([...scores.documents()]).toEqual(at);
    expect([scores.score(2), scores.score(1_025), scores.score(200_000)]).toEqual([undefined, undefined, undefined]);
  });
});

describe('SE-8: what tells texts apart', () => {
  test('does so for all short texts of few characters, alone and side by side', () => {
    const units = ['', 'a', 'b', '\0', '\uffff', undefined];
    const texts = [1, 2, 3, 4].flatMap((length) => [...everyList(units, length)]);
    expect(texts).toHaveLength(6 + 36 + 216 + 1_296);
    expect(new Set(texts.map(textSignature)).size).toBe(texts.length);
    // Each half by itself does, too: together they are 64 bits.
    for (const half of [(all: string) => all.slice(0, -7), (all: string) => all.slice(-7)])
      expect(new Set(texts.map((text) => half(textSignature(text)))).size).toBe(texts.length);
    for (const [text] of texts) if (text !== undefined) expect(textSignature([text])).toMatch(/^[\da-z]{8,14}$/);
  });

  test('changes with each character of a long text, wherever it stands', () => {
    const long = 'milk '.repeat(50);
    const changed = Array.from(long, (_, i) => `${long.slice(0, i)}z${long.slice(i + 1)}`);
    expect(new Set([long, ...changed].map((text) => textSignature([text]))).size).toBe(long.length + 1);
  });
});
