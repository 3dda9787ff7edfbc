// A burst that does not starve the event loop, the same for TopGun and for the floor.

const TURN = 100;

/**
 * Calls `act` for 0 to `count` - 1, a hundred to a turn of the event loop.
 *
 * @param {number} count
 * @param {(i: number) => void} act
 */
export async function inTurns(count, act) {
  for (let i = 0; i < count; i += 1) {
    if (i > 0 && i % TURN === 0) await new Promise((resolve) => setImmediate(resolve));
    act(i);
  }
}
