import { createSeededRandom, type SeededRandom } from '../../packages/core/src/client/testing/seeded-random.js';

/** Randomness of the surroundings: how long a message takes, whether it is lost. */
export interface AmbientRandom extends SeededRandom {
  reseed(seed: number): void;
}

/**
 * It begins anew with each decision of a schedule, so what a decision meets does not depend on how much was drawn before it: a schedule
 * from which decisions are taken away still goes wrong the same way, and can be shrunk. `salt` tells the streams of one world apart.
 */
export function createAmbientRandom(salt: number): AmbientRandom {
  let current = createSeededRandom(salt);
  return {
    reseed: (seed) => void (current = createSeededRandom(Math.imul(seed, 0x9e3779b1) ^ salt)),
    unit: () => current.unit(),
    id: (length) => current.id(length),
    integer: (below) => current.integer(below),
    pick: (items) => current.pick(items),
  };
}
