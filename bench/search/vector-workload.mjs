// Vectors and what is searched for, the same for every subject: around centres, as those of texts lie around topics.

import { seededRandom } from '../method/random.mjs';

export const DIMENSIONS = 384;
const CENTRES = 500;
const RESOLUTION = 1_000_000;

/** About normally distributed: the sum of four uniform numbers. */
const around = (random) => {
  let sum = 0;
  for (let i = 0; i < 4; i += 1) sum += random(RESOLUTION) / RESOLUTION - 0.5;
  return sum;
};

const centres = (() => {
  const random = seededRandom(3);
  return Array.from({ length: CENTRES }, () => Float32Array.from({ length: DIMENSIONS }, () => around(random)));
})();

const anywhere = (random) => Array.from({ length: DIMENSIONS }, () => Math.fround(around(random)));
const nearCentre = (random) => Array.from(centres[random(CENTRES)], (number) => Math.fround(number + around(random)));

/** `anywhere`: vectors without any structure, of which none is much nearer than another. */
export function vectorsOf(kind) {
  const made = kind === 'anywhere' ? anywhere : nearCentre;
  const vectorOf = (seed) => made(seededRandom(seed * 17 + 5));
  return { vectorOf, wantedOf: (seed) => vectorOf(1_000_000 + seed) };
}
