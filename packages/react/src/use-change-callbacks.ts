import type { Row } from '@topgun/core';
import { useEffect, useRef } from 'react';

import type { ChangeLog, RowChange } from './change-log.js';

/** Called with what becomes of a query's rows, outside of rendering. */
export interface ChangeCallbacks<T> {
  readonly onChange?: ((change: RowChange<T>) => void) | undefined;
  readonly onAdd?: ((key: string, value: Row<T>) => void) | undefined;
  readonly onUpdate?: ((key: string, value: Row<T>, previousValue: Row<T>) => void) | undefined;
  readonly onRemove?: ((key: string, previousValue: Row<T>) => void) | undefined;
}

/** CL-23: calls the callbacks of the last committed render with each change. Inline ones are safe: nothing is subscribed to anew. */
export function useChangeCallbacks<T>(log: ChangeLog<T> | null, callbacks: ChangeCallbacks<T>): void {
  const latest = useRef(callbacks);
  const { onChange, onAdd, onUpdate, onRemove } = callbacks;
  useEffect(() => {
    latest.current = { onChange, onAdd, onUpdate, onRemove };
  }, [onChange, onAdd, onUpdate, onRemove]);
  useEffect(
    () =>
      log?.follow((changes) => {
        for (const change of changes) call(latest.current, change);
      }),
    [log],
  );
}

function call<T>({ onChange, onAdd, onUpdate, onRemove }: ChangeCallbacks<T>, change: RowChange<T>): void {
  onChange?.(change);
  if (change.type === 'add') onAdd?.(change.key, change.value);
  else if (change.type === 'update') onUpdate?.(change.key, change.value, change.previousValue);
  else onRemove?.(change.key, change.previousValue);
}
