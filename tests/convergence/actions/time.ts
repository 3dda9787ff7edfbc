import { fault, type ActionTable } from './action.js';

export const TIME = {
  /** Things happen one by one, and something else may happen between any two. */
  next: {
    weight: 30,
    async run(world) {
      for (let left = 1 + world.random.integer(4); left > 0; left -= 1) {
        world.time.startNext();
        await world.time.settle();
      }
      return true;
    },
  },
  advance: {
    weight: 20,
    async run(world) {
      await world.time.advance(world.random.pick([1, 5, 30, 200, 1_000, 5_000, 20_000, 60_000]));
      return true;
    },
  },
  jumpClock: {
    weight: 2,
    run(world) {
      if (!world.profile.hasWrongClocks) return false;
      const device = world.random.pick(world.devices);
      const skewMs = world.random.pick([0, 300, -300, 30_000, -30_000, 7_200_000, -7_200_000]);
      fault(world, 'clock-jump', `the clock of ${device.name} is off by ${skewMs} ms`);
      device.setSkew(skewMs);
      return true;
    },
  },
} as const satisfies ActionTable;
