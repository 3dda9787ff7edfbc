import { stampMillis, type Stamp } from '@topgun/core/clock';
import type { Cell, TableRow } from '../../ports/model-table.js';
import type { HeldRow } from './mapping.js';

/**
 * MO-3: what map and table last had in common of a record. `row`: these cells; a place without one: it is not known of that. `none`: there was no row. `unknown`: nobody knows.
 * `isOwed`: it is from before the server's last end, and the record has been changed since; whatever else may have been written then, the map's changes are not in the table.
 */
export type Base =
  | {
      readonly type: 'row';
      readonly cells: readonly (Cell | undefined)[];
      readonly floor: Stamp | '';
      readonly isOwed: boolean;
    }
  | { readonly type: 'none'; readonly isOwed: boolean }
  | { readonly type: 'unknown' };

/** What has to be done for both to be the same; places of columns. */
export interface Reconciled {
  /** What the map takes of the row. */
  readonly take: readonly number[] | 'create' | 'remove' | null;
  /** What the table is owed of the record. */
  readonly owe: readonly number[] | 'insert' | 'delete' | null;
}

const SAME: Reconciled = { take: null, owe: null };

/**
 * MO-3, MO-4: compares both with what they had in common. What one of them alone has changed, the other gets; of what both have, the later wins: a row by its time, a field by its stamp. Where
 * the row tells no time, it has been changed now. A row that is gone goes with what was written to it in the map (CR-5).
 *
 * Laws: once both are done, nothing is left to be done; what one alone has changed is never undone.
 */
export function reconcile(row: TableRow | null, held: HeldRow, base: Base): Reconciled {
  const there = row === null || row.isMarked ? null : row;
  if (held.type === 'gone') {
    if (there === null) return SAME;
    return isNewer(there, held.removed, base) ? { take: 'create', owe: null } : { take: null, owe: 'delete' };
  }
  if (there === null) {
    const wasThere = base.type === 'row' && held.floor === base.floor;
    return wasThere ? { take: 'remove', owe: null } : { take: null, owe: 'insert' };
  }
  const take: number[] = [];
  const owe: number[] = [];
  for (const [place, cell] of there.cells.entries()) {
    if (cell === held.cells[place] || held.unheld.has(place)) continue;
    (takesRow(there, held.stamps[place]!, cell, held.cells[place]!, place, base) ? take : owe).push(place);
  }
  return { take: take.length > 0 ? take : null, owe: owe.length > 0 ? owe : null };
}

/** Whether a row where the map has no record is one that somebody has written since, and not the one that was removed. */
function isNewer(row: TableRow, removed: Stamp | '', base: Base): boolean {
  if (removed === '') return true;
  switch (base.type) {
    case 'unknown':
      return isAfter(row, removed, false);
    case 'none':
      return !base.isOwed;
    case 'row':
      return !base.isOwed && differs(row.cells, base.cells) && isAfter(row, removed, true);
  }
}

/** Whether the row's cell takes the place of the record's, where they differ. */
function takesRow(row: TableRow, stamp: Stamp, cell: Cell, held: Cell, place: number, base: Base): boolean {
  // What one alone has, the other gets.
  if (base.type === 'unknown') return held === null || (cell !== null && isAfter(row, stamp, false));
  // Who has created it without a field has said nothing of that.
  const before = base.type === 'none' ? null : base.cells[place];
  if (cell === before) return false;
  if (held === before) return true;
  return !base.isOwed && isAfter(row, stamp, true);
}

const isAfter = ({ changedAt }: TableRow, stamp: Stamp, otherwise: boolean): boolean =>
  changedAt === null ? otherwise : changedAt >= stampMillis(stamp);

const differs = (cells: readonly Cell[], before: readonly (Cell | undefined)[]): boolean =>
  cells.some((cell, place) => cell !== before[place]);
