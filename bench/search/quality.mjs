// How well what is found answers the questions: nDCG@10, against MiniSearch as it is without options.

import MiniSearch from 'minisearch';
import { parseSearch, parseSearchDefinition, runSearch, SearchIndex } from '@topgun/core/search';

import { NOTES, QUESTIONS } from './quality-corpus.mjs';

const records = new Map(Object.entries(NOTES).map(([key, [title, body]]) => [key, { title, body }]));

function topgun() {
  const { value: definition } = parseSearchDefinition({ fields: ['title', 'body'] });
  const index = new SearchIndex(definition);
  for (const [key, record] of records) index.put(key, record);
  return (text) =>
    runSearch(index, parseSearch(definition, text).value, (key) => records.get(key)).hits.map(({ key }) => key);
}

function minisearch() {
  const index = new MiniSearch({ fields: ['title', 'body'], idField: 'key' });
  for (const [key, record] of records) index.add({ key, ...record });
  return (text) => index.search(text).map(({ id }) => id);
}

/** @returns {readonly { kind: string, subject: string, ndcg: number, count: number }[]} */
export function judge() {
  const subjects = Object.entries({ minisearch: minisearch(), topgun: topgun() });
  return ['words', 'misspelt', 'begun'].flatMap((kind) => {
    const questions = QUESTIONS.filter((question) => question.kind === kind);
    return subjects.map(([subject, find]) => ({
      kind,
      subject,
      ndcg: mean(questions.map(({ text, grades }) => ndcg(find(text), grades))),
      count: questions.length,
    }));
  });
}

function ndcg(found, grades) {
  const gain = (list) => list.slice(0, 10).reduce((sum, grade, i) => sum + (2 ** grade - 1) / Math.log2(i + 2), 0);
  const best = gain(Object.values(grades).toSorted((a, b) => b - a));
  return gain(found.map((key) => grades[key] ?? 0)) / best;
}

const mean = (values) => values.reduce((sum, value) => sum + value, 0) / values.length;
