import { useEffect, useState, type ReactNode } from 'react';

import type { TodoRow } from '../todo.js';

const SHOWN_MS = 8_000;

export interface UndoToastProps {
  readonly removed: readonly TodoRow[];
  readonly onUndo: () => void;
  readonly onDismiss: () => void;
}

/** Stays while the pointer or the focus is on it. */
export function UndoToast({ removed, onUndo, onDismiss }: UndoToastProps): ReactNode {
  const [isHeld, setHeld] = useState(false);
  useEffect(() => {
    if (removed.length === 0 || isHeld) return;
    const timer = setTimeout(onDismiss, SHOWN_MS);
    return () => clearTimeout(timer);
  }, [removed, isHeld, onDismiss]);

  return (
    <div className="toast-place" role="status" aria-live="polite">
      {removed.length > 0 && (
        <div
          className="toast"
          role="group"
          aria-label="Undo deleting"
          onPointerEnter={() => setHeld(true)}
          onPointerLeave={() => setHeld(false)}
          onFocus={() => setHeld(true)}
          onBlur={() => setHeld(false)}
        >
          <span className="toast-text">{sentenceFor(removed)}</span>
          <button type="button" onClick={onUndo} onKeyDown={(event) => event.key === 'Escape' && onDismiss()}>
            Undo
          </button>
        </div>
      )}
    </div>
  );
}

function sentenceFor(removed: readonly TodoRow[]): string {
  const [first] = removed;
  return removed.length === 1 && first !== undefined ? `Deleted “${first.text}”` : `Deleted ${removed.length} todos`;
}
