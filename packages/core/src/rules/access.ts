import { bindRule } from './bind-rule.js';
import type { Claims } from './claims.js';
import { DENIED, type Condition } from './condition.js';
import { ACTIONS, type Action, type MapRules, type Rule } from './rule.js';

/** What the bearer of one token may do in a map. */
export interface MapAccess {
  /** The name or pattern of its rules; `null`: there are none, and nothing is granted. */
  readonly name: string | null;
  readonly actions: Readonly<Record<Action, Condition>>;
  readonly fields: ReadonlyMap<string, FieldAccess>;
}

export interface FieldAccess {
  readonly isReadable: boolean;
  readonly write: Condition;
}

/** What the bearer of one token may do. */
export interface Access {
  of(map: string): MapAccess;
}

/** Nothing. */
export const NO_ACCESS: MapAccess = {
  name: null,
  actions: { read: DENIED, create: DENIED, update: DENIED, remove: DENIED },
  fields: new Map(),
};

/** A function of the app that threw where it was asked, and so denied. */
export interface ThrownRule {
  /** As refusals name it: `notes.read`. */
  readonly rule: string;
  readonly map: string;
  readonly error: unknown;
}

/** Rules are bound when a map is first asked for, once for all maps that they are for. */
export function bindAccess(
  of: (map: string) => MapRules | undefined,
  claims: Claims,
  onThrow?: (thrown: ThrownRule) => void,
): Access {
  const bound = new Map<MapRules, MapAccess>();
  /** Whoever writes mostly writes to one map for a while. */
  let last: { readonly map: string; readonly access: MapAccess } | null = null;
  const find = (map: string): MapAccess => {
    const rules = of(map);
    if (rules === undefined) return NO_ACCESS;
    let access = bound.get(rules);
    if (access === undefined) bound.set(rules, (access = bindMap(rules, claims, onThrow)));
    return access;
  };
  return {
    of(map) {
      if (last?.map !== map) last = { map, access: find(map) };
      return last.access;
    },
  };
}

function bindMap(
  { name, actions, fields }: MapRules,
  claims: Claims,
  onThrow?: (thrown: ThrownRule) => void,
): MapAccess {
  const bind = (rule: string, kept: Rule) =>
    bindRule(kept, claims, onThrow && ((map, error) => onThrow({ rule: `${name}.${rule}`, map, error })));
  const bound = ACTIONS.map((action) => [action, bind(action, actions[action])] as const);
  return {
    name,
    actions: Object.fromEntries(bound) as MapAccess['actions'],
    fields: new Map(
      [...fields].map(([field, { read, write }]) => {
        const reads = bind(`fields.${field}.read`, read);
        const isReadable = reads.type === 'constant' && reads.holds;
        return [field, { isReadable, write: bind(`fields.${field}.write`, write) }] as const;
      }),
    ),
  };
}
