import type { JsonValue } from '@topgun/core/primitives';
import type { RowChange } from '@topgun/core/protocol';

/** About how many bytes a change takes as JSON: good enough to cut a long answer into messages. */
export function approximateBytes(change: RowChange): number {
  let bytes = 16 + change[1].length;
  if (change[0] === 'gone') return bytes;
  bytes += 64;
  for (const [name, stamp, value] of change[2][3]) bytes += name.length + stamp.length + 8 + sizeOf(value);
  return bytes;
}

function sizeOf(value: JsonValue | undefined): number {
  if (typeof value === 'string') return value.length + 2;
  if (typeof value !== 'object' || value === null) return 8;
  let bytes = 2;
  if (Array.isArray(value)) {
    for (const item of value as readonly JsonValue[]) bytes += 1 + sizeOf(item);
    return bytes;
  }
  for (const [name, item] of Object.entries(value)) bytes += name.length + 4 + sizeOf(item as JsonValue);
  return bytes;
}
