import { KEY_FIELD, type Predicate, type Query } from '@topgun/core/query';

/** PI-8: the one key that can match, when the query demands equality with it; `null` when any key might. */
export function pinnedKey(query: Query): string | null {
  return demandedKey(query.where);
}

function demandedKey(where: Predicate): string | null {
  if (where.type === 'and') {
    for (const part of where.of) {
      const key = demandedKey(part);
      if (key !== null) return key;
    }
    return null;
  }
  const namesKey = where.type === 'eq' && where.path.length === 1 && where.path[0] === KEY_FIELD;
  return namesKey && typeof where.value === 'string' ? where.value : null;
}
