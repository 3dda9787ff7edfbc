import { isVisible, materialize, type LwwRecord, type Register } from '../crdt/index.js';
import type { Value } from '../primitives/index.js';
import type { Predicate } from '../query/index.js';
import type { MapAccess } from './access.js';
import { conditionText, impliedPredicate, isAlways, recordHolds, type Condition } from './condition.js';

/**
 * What the bearer of a token sees of a map: for it, what it may not read is not there. Whatever is made of what it sees (answers, diffs,
 * groups, digests) tells nothing of the rest, whoever makes it.
 */
export interface Visibility {
  /** Two with one key see the same of every record. */
  readonly key: string;
  /** What every record that is seen meets; `null`: nothing is known. For finding them, never for judging. */
  readonly where: Predicate | null;
  /** What is seen of a record; `undefined`: nothing. */
  see(key: string, record: LwwRecord): LwwRecord | undefined;
}

/** `null`: everything is seen. `shown`: what shows of a record that is visible, as `materialize` has it. */
export function visibilityOf(
  access: MapAccess,
  map: string,
  shown: (record: LwwRecord) => Value | undefined = materialize,
): Visibility | null {
  const { read } = access.actions;
  const hidden = new Set([...access.fields].filter(([, { isReadable }]) => !isReadable).map(([name]) => name));
  if (isAlways(read) && hidden.size === 0) return null;
  const look = (key: string, record: LwwRecord): LwwRecord | undefined => {
    if (!isVisible(record) || !recordHolds(read, map, key, record, shown)) return undefined;
    return hidden.size === 0 ? record : without(record, hidden);
  };
  const see = hidden.size > 0 || hasCheck(read) ? remembered(look) : look;
  return { key: JSON.stringify([conditionText(read), [...hidden].sort()]), where: impliedPredicate(read), see };
}

/**
 * Records do not change, so each is looked at once: what is left of one stays the same object, and a function of the app that says this today and that
 * tomorrow says one thing of it.
 */
function remembered(look: Visibility['see']): Visibility['see'] {
  const known = new WeakMap<LwwRecord, { readonly left: LwwRecord | undefined }>();
  return (key, record) => {
    let seen = known.get(record);
    if (seen === undefined) known.set(record, (seen = { left: look(key, record) }));
    return seen.left;
  };
}

function hasCheck(condition: Condition): boolean {
  if (condition.type === 'any' || condition.type === 'all') return condition.of.some(hasCheck);
  return condition.type === 'check';
}

/** Sets and counters have no fields that a rule could name: their registers are tags and totals. */
function without(record: LwwRecord, hidden: ReadonlySet<string>): LwwRecord {
  if (record.existence?.op !== 'create' || ![...hidden].some((name) => record.fields.has(name))) return record;
  const fields = new Map<string, Register>();
  for (const [name, register] of record.fields) if (!hidden.has(name)) fields.set(name, register);
  return { ...record, fields };
}
