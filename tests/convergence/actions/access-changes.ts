import { RULE_BOOKS } from '../access/rule-books.js';
import { ROLES } from '../access/users.js';
import { fault, type ActionTable } from './action.js';

const group = 'access';

export const ACCESS_CHANGES = {
  /** A user is given a role, or loses it: tabs show another token at once, or when they connect next. */
  changeClaims: {
    weight: 3,
    group,
    run(world) {
      const device = world.random.pick(world.devices);
      if (device.account === null) return false;
      const { user, role } = device.account;
      const next = { user, role: world.random.pick(ROLES) };
      if (next.role === role) return false;
      const isShown = world.random.integer(3) > 0;
      device.account = next;
      fault(
        world,
        'claims-changed',
        `${user} is ${next.role} now, which ${device.name} shows ${isShown ? 'at once' : 'later'}`,
      );
      if (isShown) for (const tab of device.tabs) if (!tab.isFrozen) tab.showToken();
      return true;
    },
  },
  /** The server is gone, and the next one judges by other rules. */
  changeRules: {
    weight: 1,
    group,
    run(world) {
      if (world.book === undefined) return false;
      const book = world.random.pick(RULE_BOOKS);
      world.say(`the rules are ${book.name} from the next start of a server on`);
      world.book = book;
      world.endOutdated();
      world.crashServer();
      return true;
    },
  },
} as const satisfies ActionTable;
