import type { GridState } from '../services/crdt/grid-state.js';
import { passOn, type Applied, type Persisted } from './stages.js';

/** The overlay becomes the state. */
export function apply(commit: Persisted, state: GridState): Applied {
  const changes = commit.overlay.applyTo(state);
  return passOn<'applied', Omit<Applied, symbol>>({
    frames: commit.frames,
    overlay: commit.overlay,
    position: commit.position,
    changes,
  });
}
