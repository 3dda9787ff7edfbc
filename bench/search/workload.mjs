// Documents and questions, the same for every subject.

import { seededRandom } from '../method/random.mjs';

const WORDS = 20_000;
export const WORDS_PER_DOCUMENT = 50;
const SYLLABLES =
  'ba be bi bo bu da de di do du ka ke ki ko ku la le li lo lu ma me mi mo mu na ne ni no nu ra re ri ro ru sa se si so su'.split(
    ' ',
  );

/** Words of two to four syllables, no two the same. */
const vocabulary = (() => {
  const random = seededRandom(1);
  const words = new Set();
  while (words.size < WORDS) {
    let word = '';
    for (let left = 2 + random(3); left > 0; left -= 1) word += SYLLABLES[random(SYLLABLES.length)];
    words.add(word);
  }
  return [...words];
})();

/** As in texts: few words are frequent, most are rare. */
function wordOf(random) {
  const share = random(1_000_000) / 1_000_000;
  return vocabulary[Math.floor(WORDS ** share) - 1];
}

export function textOf(seed, words = WORDS_PER_DOCUMENT) {
  const random = seededRandom(seed + 1);
  return Array.from({ length: words }, () => wordOf(random)).join(' ');
}

/** Characters of one record that are indexed. */
const LONGEST = 16_384;

/** Texts as long as is indexed, by script, of characters at random: more different words than any text has. */
export function longTexts() {
  const random = seededRandom(3);
  const from = (first, count) => () => String.fromCodePoint(first + random(count));
  const spaced = (character) => () => (random(6) === 0 ? ' ' : character());
  const scripts = {
    latin: spaced(from(0x61, 26)),
    accents: spaced(() => (random(4) === 0 ? 'éüàøñ'[random(5)] : from(0x61, 26)())),
    cyrillic: spaced(from(0x430, 32)),
    korean: spaced(from(0xac00, 11_000)),
    thai: from(0xe01, 46),
    khmer: from(0x1780, 51),
    japanese: () => from(random(2) === 0 ? 0x3041 : 0x30a1, 80)(),
    chinese: from(0x4e00, 20_000),
    'chinese, spaced': () => `${from(0x4e00, 20_000)()} `,
    'chinese, rare': from(0x20000, 40_000),
    emoji: from(0x1f600, 70),
  };
  const text = (piece) => {
    let all = '';
    while (all.length < LONGEST) all += piece();
    return all.slice(0, LONGEST);
  };
  return Object.fromEntries(Object.entries(scripts).map(([script, piece]) => [`long, ${script}`, text(piece)]));
}

export const keyOf = (i) => `doc-${i}`;

/** Two words of one document, the second perhaps not typed to its end, or mistyped. */
export function questionOf(n, seed) {
  const random = seededRandom(seed * 31 + 7);
  const words = textOf(random(n)).split(' ');
  const [first, second] = [words[random(words.length)], words[random(words.length)]];
  const kind = random(3);
  if (kind === 0) return `${first} ${second}`;
  if (kind === 1) return `${first} ${second.slice(0, 4)}`;
  return `${first} ${second.slice(0, 2)}x${second.slice(3)}`;
}
