import type { AppTab } from '../app-tab.js';
import type { Device } from '../device.js';
import type { Fault } from '../faults.js';
import type { World } from '../world.js';
import type { FaultWeights } from '../world-options.js';

/** One thing that may happen. */
export interface Action {
  /** How often, beside the others. */
  readonly weight: number;
  /** A kind of fault: some runs have more of it than others. Absent: what users and time do. */
  readonly group?: keyof FaultWeights;
  /** False: it could not happen, here and now. */
  readonly run: (world: World) => boolean | Promise<boolean>;
}

export type ActionTable = Readonly<Record<string, Action>>;

export interface TabOfDevice {
  readonly device: Device;
  readonly tab: AppTab;
}

/** In some tab that is not frozen. */
export function inSomeTab(
  run: (world: World, tab: AppTab, device: Device) => boolean | Promise<boolean>,
): Action['run'] {
  return (world) => {
    const awake = world.openTabs().filter(({ tab }) => !tab.isFrozen);
    if (awake.length === 0) return false;
    const { tab, device } = world.random.pick(awake);
    return run(world, tab, device);
  };
}

export function fault(world: World, name: Fault, line: string): true {
  world.fired(name);
  world.step('fault', name);
  world.say(line);
  return true;
}

/** Whatever comes next begins, and this resolves in the middle of it: after so many of its awaits. */
export async function midway(world: World, begin: () => unknown): Promise<void> {
  begin();
  for (let awaits = world.random.integer(60); awaits > 0; awaits -= 1) await Promise.resolve();
}
