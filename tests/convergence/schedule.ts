import type { SeededRandom } from '../../packages/core/src/client/testing/seeded-random.js';
import { ACTIONS } from './actions/index.js';
import type { Decision } from './decision.js';
import type { WorldProfile } from './world-options.js';

/** What happens in a run, in order. It knows nothing of the world it happens in: what cannot happen there and then, does not. */
export function* drawSchedule(random: SeededRandom, profile: WorldProfile): Generator<Decision, never> {
  const actions = Object.entries(ACTIONS).map(([name, { weight, group }]) => ({
    name,
    weight: weight * (group === undefined ? 1 : (profile.faults[group] ?? 0)),
  }));
  const total = actions.reduce((sum, { weight }) => sum + weight, 0);
  for (;;) {
    let left = random.unit() * total;
    const chosen = actions.find(({ weight }) => (left -= weight) < 0) ?? actions[0];
    yield { action: chosen?.name ?? '', seed: random.integer(2 ** 31) };
  }
}
