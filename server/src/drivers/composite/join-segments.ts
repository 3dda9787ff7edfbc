import { joinJournals } from '../../services/journal/journal-part.js';
import { decodeSegment, encodeSegment, spliceSegments } from '../../services/persistence/segment-codec.js';
import type { Segment } from '../../services/persistence/segment.js';

type Place = Required<Pick<Segment, 'lineage' | 'position'>>;

/**
 * PI-26: one segment with what each of these has, in their order, in this place of the history of this name: what hosts that share a ledger have staged is one
 * commit. They were encoded a moment ago.
 */
export function joinSegments(place: Place, parts: readonly Uint8Array[]): Uint8Array {
  return spliceSegments(place, parts) ?? joinDecoded(place, parts.map(decoded));
}

function joinDecoded(place: Place, parts: readonly Segment[]): Uint8Array {
  const entries = parts.flatMap((segment) => segment.entries);
  const journal = joinJournals(parts.flatMap((segment) => segment.journal ?? []));
  return encodeSegment(journal === undefined ? { ...place, entries } : { ...place, entries, journal });
}

function decoded(bytes: Uint8Array): Segment {
  const segment = decodeSegment(bytes);
  if (!segment.ok) throw new Error(`a host has staged what is no segment: ${segment.error.reason}`);
  return segment.value;
}
