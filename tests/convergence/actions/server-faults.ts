import { fault, midway, type ActionTable } from './action.js';

const group = 'server';

export const SERVER_FAULTS = {
  crashServer: {
    weight: 1,
    group,
    run(world) {
      if (world.server === null) return false;
      fault(world, 'server-crash', 'the server crashes');
      world.crashServer();
      return true;
    },
  },
  /** In the middle of whatever has just come to it. */
  killServer: {
    weight: 1,
    group,
    async run(world) {
      if (world.server === null) return false;
      await midway(world, world.time.startNext);
      fault(world, 'server-crash-midway', 'the server is killed');
      world.crashServer();
      return true;
    },
  },
  serverPowerFailure: {
    weight: 0.5,
    group,
    async run(world) {
      if (world.server === null) return false;
      await midway(world, world.time.startNext);
      fault(world, 'power-failure-server', 'the server loses its power');
      world.losePower();
      return true;
    },
  },
  backUpLedger: {
    weight: 1,
    group,
    run(world) {
      world.say('the ledger is copied');
      world.backUp();
      return true;
    },
  },
  putBackupBack: {
    weight: 0.3,
    group,
    async run(world) {
      // What is given back may be refused by the rules of that day, RU-3, though its author was told that it was taken.
      if (world.profile.hasRules) return false;
      world.endOutdated();
      world.crashServer();
      // What the server had under way reaches its disk, or does not, before anybody puts another in its place.
      for (let turns = 0; turns < 100; turns += 1) await Promise.resolve();
      if (!world.putBack()) return false;
      fault(world, 'restored-backup', 'an older copy of the ledger is put in its place');
      return true;
    },
  },
  startServer: {
    weight: 5,
    async run(world) {
      if (world.server !== null && !world.server.isHalted) return false;
      world.crashServer();
      world.say('a server starts');
      await world.startServer();
      return true;
    },
  },
  replaceServer: {
    weight: 1,
    group,
    async run(world) {
      if (world.server === null) return false;
      fault(world, 'server-replaced', 'another server takes over, while the old one still serves');
      await world.replaceServer();
      return true;
    },
  },
  failAppend: {
    weight: 2,
    group,
    run(world) {
      if (world.server === null) return false;
      const kind = world.random.pick(['fail', 'fail', 'unknown-written', 'unknown-lost', 'fence'] as const);
      fault(world, 'append-fault', `the next append meets: ${kind}`);
      world.server.ledger.failNext(kind);
      return true;
    },
  },
  failColdStore: {
    weight: 1,
    group,
    run(world) {
      if (world.server === null) return false;
      fault(world, 'cold-store-fault', 'the cold store fails');
      world.server.coldStore.failNext(1 + world.random.integer(3));
      return true;
    },
  },
} as const satisfies ActionTable;
