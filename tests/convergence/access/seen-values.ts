import { isPlainObject, type Value } from '../../../packages/core/src/primitives/index.js';
import type { Device } from '../device.js';
import type { World } from '../world.js';
import type { RuleBook } from './rule-books.js';
import type { Account } from './users.js';

/** By which rules and as whom a device sees what it sees now; `null`: it sees everything. */
export interface Sight {
  readonly who: Account;
  readonly book: RuleBook;
}

/** By the rules of the server that serves. */
export function sightOf({ server }: World, { account }: Device): Sight | null {
  const book = server?.book ?? null;
  return book === null || account === null ? null : { who: account, book };
}

/** What the user of that device may see of a map now. */
export function seenValues(world: World, device: Device, map: string): ReadonlyMap<string, Value> {
  const sight = sightOf(world, device);
  const values = world.ledger.values(map);
  if (sight === null) return values;
  const seen = new Map<string, Value>();
  for (const [key, value] of values) {
    const left = seenOf(sight, map, value);
    if (left !== undefined) seen.set(key, left);
  }
  return seen;
}

/** What is seen of a value that a record shows; `undefined`: nothing. */
export function seenOf({ who, book }: Sight, map: string, value: Value): Value | undefined {
  if (!book.mayRead(who, map, value)) return undefined;
  if (!isPlainObject(value)) return value;
  const hidden = book.hidden(who, map);
  return Object.fromEntries(Object.entries(value).filter(([name]) => !hidden.includes(name))) as Value;
}
