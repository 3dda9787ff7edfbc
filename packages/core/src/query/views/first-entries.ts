import type { Value } from '../../primitives/index.js';
import type { LeadOrder } from '../compile-comparator.js';
import type { Entry } from '../entry.js';
import type { RowTest } from '../predicate/compile-predicate.js';

/** So many beyond those that are wanted are gathered before they are parted, or as many as are wanted if that is more. */
const GATHERED = 512;
/** Parting takes some forty turns of thousands of slots; with more the slots are such as no luck helps with. */
const MAX_TURNS = 64;

/** A row that may be among the first. Slots are used again for other rows. */
interface Slot {
  key: string;
  value: Value;
  lead: Value | undefined;
}

export interface FirstEntriesOptions {
  readonly count: number;
  readonly order: LeadOrder;
  readonly matches: RowTest;
}

/** Takes rows one by one, in any order, and keeps the first ones of those that match. */
export interface FirstEntries {
  readonly offer: (key: string, value: Value) => void;
  /** Others match beside those that are taken. */
  readonly isCut: () => boolean;
  /** In order. */
  readonly take: () => Entry[];
}

/**
 * The first `count` of the rows that match, out of many that are offered one by one. Most are none of them, and cost one read and one comparison:
 * they are behind the *edge*, the last of the first ones so far, and are not even tested. The others are gathered in slots, and when those are full
 * the first `count` are parted from the rest, which takes O(1) comparisons for each that was gathered. So rows that come in reverse order cost O(n) as well.
 */
export function createFirstEntries({ count, order, matches }: FirstEntriesOptions): FirstEntries {
  const { read, compareLeads, breakTie } = order;
  const capacity = count + Math.max(count, GATHERED);
  const slots: Slot[] = [];
  const edge: Slot = { key: '', value: null, lead: undefined };
  const probe: { key: string; value: Value } = { key: '', value: null };
  let filled = 0;
  let hasEdge = false;

  const compare = (a: Slot, b: Slot): number => compareLeads(a.lead, b.lead) || breakTie(a, b);

  function isBehind(key: string, value: Value, lead: Value | undefined): boolean {
    const byLead = compareLeads(lead, edge.lead);
    if (byLead !== 0) return byLead > 0;
    probe.key = key;
    probe.value = value;
    return breakTie(probe, edge) >= 0;
  }

  function put(key: string, value: Value, lead: Value | undefined): void {
    const slot = slots[filled++];
    if (slot === undefined) {
      slots.push({ key, value, lead });
    } else {
      slot.key = key;
      slot.value = value;
      slot.lead = lead;
    }
    if (filled === capacity) part();
  }

  function part(): void {
    select(slots, count - 1, compare);
    Object.assign(edge, slots[count - 1]);
    hasEdge = true;
    filled = count;
  }

  return {
    offer(key, value) {
      const lead = read(key, value);
      if (hasEdge && isBehind(key, value, lead)) return;
      if (matches(key, value)) put(key, value, lead);
    },
    // There is an edge since others that match were parted from the first ones.
    isCut: () => hasEdge || filled > count,
    take() {
      const first = slots.slice(0, filled).sort(compare).slice(0, count);
      return first.map(({ key, value }) => ({ key, value }));
    },
  };
}

/** Brings the slot with `rank` slots before it to its place, those before it to its left and the others to its right. O(slots). */
function select(slots: Slot[], rank: number, compare: (a: Slot, b: Slot) => number): void {
  let low = 0;
  let high = slots.length - 1;
  for (let turn = 0; low < high; turn++) {
    if (turn === MAX_TURNS) return void slots.sort(compare);
    const pivot = slots[(low + high) >>> 1] as Slot;
    let left = low;
    let right = high;
    while (left <= right) {
      while (compare(slots[left] as Slot, pivot) < 0) left++;
      while (compare(pivot, slots[right] as Slot) < 0) right--;
      if (left > right) break;
      const slot = slots[left] as Slot;
      slots[left++] = slots[right] as Slot;
      slots[right--] = slot;
    }
    if (rank <= right) high = right;
    else if (rank >= left) low = left;
    else return;
  }
}
