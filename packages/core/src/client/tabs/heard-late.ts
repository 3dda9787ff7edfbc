import type { MapChanges, TabEvent } from '../ports/tab-events.js';

/** What a leader says of its connection holds no more when another leads. Merges, drops and decisions are stored, and true whoever tells them. */
export function isOfConnection({ type }: TabEvent): boolean {
  switch (type) {
    case 'settled':
    case 'progress':
    case 'unsettled':
    case 'subscription-failed':
    case 'connection':
      return true;
    default:
      return false;
  }
}

/**
 * What a former leader says after another has begun to lead. Storage may have told this tab newer things of the same records by now, so what
 * it says takes the place of nothing: it is merged.
 */
export function heardLate(event: TabEvent): TabEvent {
  if (event.type === 'changes') return { ...event, maps: event.maps.map(merged) };
  if (event.type === 'decided' && event.totals !== undefined) return { ...event, totals: event.totals.map(merged) };
  return event;
}

/** A drop that nothing follows stands: the record is gone. */
function merged({ map, changes }: MapChanges): MapChanges {
  const lastMerge = new Map(changes.flatMap(({ type, key }, at) => (type === 'merge' ? [[key, at] as const] : [])));
  return { map, changes: changes.filter(({ type, key }, at) => type === 'merge' || (lastMerge.get(key) ?? -1) < at) };
}
