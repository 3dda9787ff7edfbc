/** Where what a segment says of its journal is wrong, or `null`. */
export function faultOfJournal(journal: unknown): string | null {
  if (!isObject(journal)) return '';
  const { at, events } = journal;
  if (typeof at !== 'number' || !Number.isFinite(at)) return '.at';
  if (!Array.isArray(events)) return '.events';
  for (let i = 0; i < events.length; i += 1) if (!isEvent(events[i])) return `.events[${i}]`;
  return null;
}

function isEvent(event: unknown): boolean {
  if (!isObject(event)) return false;
  const { type, map, key, stamp, author } = event;
  if (![map, key, stamp].every((text) => typeof text === 'string')) return false;
  if (author !== null && typeof author !== 'string') return false;
  const [hasValue, hasPrevious] = ['value' in event, 'previous' in event];
  return (
    (type === 'add' && hasValue && !hasPrevious) ||
    (type === 'update' && hasValue && hasPrevious) ||
    (type === 'remove' && !hasValue && hasPrevious)
  );
}

const isObject = (value: unknown): value is { readonly [name: string]: unknown } =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
