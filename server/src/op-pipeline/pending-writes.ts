import type { WireOp } from '@topgun/core/protocol';
import type { PendingWrite } from '../services/loading/pending-growth.js';
import type { Loaded, Staged } from './stages.js';

/** Of a record in its layout, beside key, stamps and fields; and of each of these, beside its text. */
const RECORD_BYTES = 44;
const PART_BYTES = 4;

/** PI-46: what a message writes that is not staged yet. */
export function* writesOf({ batches }: Pick<Loaded, 'batches'>): Iterable<PendingWrite> {
  for (const { partition, ops } of batches) for (const wire of ops) yield write(partition, wire);
}

/** PI-46: what one writes that is staged. */
export function* stagedWrites({ entries }: Pick<Staged, 'entries'>): Iterable<PendingWrite> {
  for (const { partition, ops } of entries) for (const [wire] of ops) yield write(partition, wire);
}

function write(partition: number, wire: WireOp): PendingWrite {
  const [, stamp, map, key] = wire;
  return { partition, map, key, bytes: RECORD_BYTES + stamp.length + key.length * 3 + partsBytes(wire[5]) };
}

/** About what a payload takes as names and values. Without recursion: nobody has looked yet how deep it is. */
function partsBytes(payload: unknown): number {
  let bytes = 0;
  const left: unknown[] = [payload];
  while (left.length > 0) {
    const part = left.pop();
    bytes += PART_BYTES;
    if (typeof part === 'string') bytes += Buffer.byteLength(part);
    else if (Array.isArray(part)) for (const each of part) left.push(each);
    else if (typeof part === 'object' && part !== null) {
      for (const [name, value] of Object.entries(part)) left.push(name, value);
    } else bytes += 8;
  }
  return bytes;
}
