import { useEffect, useRef, type ReactNode } from 'react';

import type { TodoRow } from '../todo.js';

const SHOWN_MS = 8_000;
const HELD_MS = 1_000;

export interface UndoToastProps {
  readonly removed: readonly TodoRow[];
  readonly onUndo: () => void;
  readonly onDismiss: () => void;
}

/** Stays while the pointer or the focus is on it. */
export function UndoToast({ removed, onUndo, onDismiss }: UndoToastProps): ReactNode {
  const toast = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (removed.length === 0) return;
    const dismissUnlessHeld = (): void => {
      if (toast.current?.matches(':hover, :focus-within')) timer = setTimeout(dismissUnlessHeld, HELD_MS);
      else onDismiss();
    };
    let timer = setTimeout(dismissUnlessHeld, SHOWN_MS);
    return () => clearTimeout(timer);
  }, [removed, onDismiss]);

  return (
    <div className="toast-place" role="status" aria-live="polite">
      {removed.length > 0 && (
        <div className="toast" ref={toast}>
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
