import { KEY_FIELD, pinnedEqualities, type Predicate } from '@topgun/core/query';

/** The keys that records have which meet it, each once, where it says so: then no other record is looked at for it. `null`: any. */
export function pinnedKeys(where: Predicate): ReadonlySet<string> | null {
  const pinned = pinnedEqualities({ where }).find(({ path }) => path.length === 1 && path[0] === KEY_FIELD);
  return pinned === undefined ? null : new Set(pinned.values.filter((value) => typeof value === 'string'));
}
