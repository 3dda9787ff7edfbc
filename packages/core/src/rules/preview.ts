import type { Value } from '../primitives/index.js';
import type { MapAccess } from './access.js';
import { changedFields } from './changed-fields.js';
import { holds } from './condition.js';
import { judgeEffect, reasonOf } from './judge-effect.js';
import type { Action } from './rule.js';

/** What somebody would do to a record. */
export interface Intention {
  readonly action: Action;
  readonly map: string;
  readonly key: string;
  /** The record as it is here; `undefined`: there is none, or none is known. */
  readonly before: Value | undefined;
  /** As it would be. Of no meaning where it is read or removed. */
  readonly after: Value | undefined;
}

/** Whether the rules would let it happen, as far as a device can know: by what it holds, and functions, which the server alone runs, taken to grant. */
export type Permission = { readonly allowed: true } | { readonly allowed: false; readonly reason: string };

export function previewIntention(access: MapAccess, { action, map, key, before, after }: Intention): Permission {
  const refused = (reason: string): Permission => ({ allowed: false, reason });
  if (action === 'read') {
    const isSeen = holds(access.actions.read, map, key, before ?? {}, 'assume');
    return isSeen ? { allowed: true } : refused(reasonOf(access, map, 'read'));
  }
  const next = action === 'remove' ? undefined : (after ?? before ?? {});
  const effect = {
    map,
    key,
    kind: action === 'update' ? ('patch' as const) : action,
    before,
    after: next,
    fields: next === undefined ? [] : changedFields(before, next),
    raisesFloor: false,
    setsExpiry: false,
    changes: true,
  };
  const denied = judgeEffect(access, effect, 'assume');
  return denied === null ? { allowed: true } : refused(denied.reason);
}
