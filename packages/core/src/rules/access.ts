import { bindRule } from './bind-rule.js';
import type { Claims } from './claims.js';
import { DENIED, type Condition } from './condition.js';
import { ACTIONS, type Action, type MapRules } from './rule.js';

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

/** Rules are bound when a map is first asked for, once for all maps that they are for. */
export function bindAccess(of: (map: string) => MapRules | undefined, claims: Claims): Access {
  const bound = new Map<MapRules, MapAccess>();
  return {
    of(map) {
      const rules = of(map);
      if (rules === undefined) return NO_ACCESS;
      let access = bound.get(rules);
      if (access === undefined) bound.set(rules, (access = bindMap(rules, claims)));
      return access;
    },
  };
}

function bindMap({ name, actions, fields }: MapRules, claims: Claims): MapAccess {
  const bound = ACTIONS.map((action) => [action, bindRule(actions[action], claims)] as const);
  return {
    name,
    actions: Object.fromEntries(bound) as MapAccess['actions'],
    fields: new Map(
      [...fields].map(([field, { read, write }]) => {
        const reads = bindRule(read, claims);
        const isReadable = reads.type === 'constant' && reads.holds;
        return [field, { isReadable, write: bindRule(write, claims) }] as const;
      }),
    ),
  };
}
