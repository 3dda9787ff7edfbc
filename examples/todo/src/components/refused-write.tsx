import type { Rejection } from '@topgun/react';
import { useState, type FormEvent, type KeyboardEvent, type ReactNode } from 'react';

import { wordsFor } from '../refusal-words.js';
import { Icon } from './icon.js';

export interface RefusedWriteProps {
  readonly rejection: Rejection;
  /** The todo's text as it is now; `undefined`: it is not there. */
  readonly shownText: string | undefined;
  readonly onRetry: () => void;
  readonly onEdit: (text: string) => void;
  readonly onDiscard: () => void;
}

/** One refused change, why, and the three things to do about it. */
export function RefusedWrite({ rejection, shownText, onRetry, onEdit, onDiscard }: RefusedWriteProps): ReactNode {
  const [draft, setDraft] = useState<string | null>(null);
  const { what, why, text } = wordsFor(rejection, shownText);
  // An edit of a todo that has gone has nothing to be written to.
  const isEditable = text !== null && (rejection.attempted.type === 'set' || shownText !== undefined);

  function save(event?: FormEvent): void {
    event?.preventDefault();
    const next = draft?.trim() ?? '';
    if (next !== '') onEdit(next);
  }

  function onKeyDown(event: KeyboardEvent): void {
    // While an input method composes, Enter and Escape are its own.
    if (event.nativeEvent.isComposing) return;
    if (event.key === 'Escape') setDraft(null);
    if (event.key !== 'Enter') return;
    event.preventDefault();
    save();
  }

  return (
    <li className="refusal" data-id={rejection.id}>
      <span className="refusal-mark">
        <Icon name="refused" />
      </span>
      <div className="refusal-body">
        <p className="refusal-what">{what}</p>
        {text !== null && draft === null && <p className="refusal-text">{text}</p>}
        <p className="refusal-why">{why}</p>
        {draft !== null && (
          <form onSubmit={save}>
            <textarea
              className="refusal-edit"
              aria-label="Text to send instead"
              value={draft}
              rows={2}
              maxLength={1000}
              autoComplete="off"
              enterKeyHint="send"
              onChange={(event) => setDraft(event.target.value)}
              onKeyDown={onKeyDown}
              autoFocus
            />
            <p className="refusal-actions">
              <button type="submit" className="primary" disabled={draft.trim() === ''}>
                Save
              </button>
              <button type="button" onClick={() => setDraft(null)}>
                Cancel
              </button>
            </p>
          </form>
        )}
        {draft === null && (
          <p className="refusal-actions">
            {isEditable && (
              <button type="button" className="primary" onClick={() => setDraft(text)}>
                Edit
              </button>
            )}
            <button type="button" onClick={onRetry}>
              Try again
            </button>
            <button type="button" onClick={onDiscard}>
              Discard
            </button>
          </p>
        )}
      </div>
    </li>
  );
}
