import type { AppTab } from '../app-tab.js';
import type { AskedCall } from '../calls/asked-calls.js';
import type { Device } from '../device.js';
import type { World } from '../world.js';
import { inSomeTab, type ActionTable } from './action.js';

function ask(world: World, tab: AppTab, device: Device, call: Pick<AskedCall, 'procedure' | 'transfer'>): true {
  const { random } = world;
  const options = {
    timeoutMs: random.pick([1_000, 20_000, Number.POSITIVE_INFINITY]),
    waitForServer: random.integer(4) > 0,
    beforeWrites: random.integer(4) === 0,
  };
  world.say(`${tab.name} calls ${call.procedure} ${JSON.stringify(call.transfer)} ${JSON.stringify(options)}`);
  world.step('write', `call ${call.transfer.mark}`);
  world.calls.ask(tab, { ...call, device: device.name }, options);
  return true;
}

/** PR-2 to PR-4: procedures that clients call, and call again. */
export const CALLS = {
  call: {
    weight: 5,
    run: inSomeTab((world, tab, device) => {
      const { random, profile } = world;
      const from = random.pick(profile.keys);
      const to = random.pick(profile.keys.filter((key) => key !== from));
      const todo = random.integer(3) === 0 ? random.pick(profile.keys) : null;
      const transfer = { mark: world.nextTag(), from, to, amount: 1 + random.integer(6), todo };
      const procedure = random.pick(['transfer', 'transferSlowly'] as const);
      return ask(world, tab, device, { procedure, transfer });
    }),
  },
  /** As an app does that does not know what became of a call, or has forgotten that it knows. */
  callAgain: {
    weight: 2,
    run: inSomeTab((world, tab, device) => {
      const mine = world.calls.all.filter((call) => call.device === device.name);
      if (mine.length === 0) return false;
      world.fired('call-again');
      const { procedure, transfer } = world.random.pick(mine.slice(-6));
      return ask(world, tab, device, { procedure, transfer });
    }),
  },
} as const satisfies ActionTable;
