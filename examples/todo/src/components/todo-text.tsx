import type { TextRange } from '@topgun/react';
import { useRef, useState, type KeyboardEvent, type ReactNode } from 'react';
import { flushSync } from 'react-dom';

import { MarkedText } from './marked-text.js';

export interface TodoTextProps {
  readonly text: string;
  readonly ranges: readonly TextRange[];
  readonly onChange: (text: string) => void;
  readonly onEmpty: () => void;
}

/** The text, and editing it in place: click or Enter to begin; Enter or leaving saves, Escape does not, an empty text deletes. */
export function TodoText({ text, ranges, onChange, onEmpty }: TodoTextProps): ReactNode {
  const [draft, setDraft] = useState<string | null>(null);
  const button = useRef<HTMLButtonElement>(null);
  // The text that the editing began with. Saving compares with it, not with `text`: another device may have changed that meanwhile,
  // and a draft that nobody touched must not put the old text back. Null when not editing: an input that disappears with the focus in
  // it says `blur` once more, and Escape must not be saved by that.
  const begunWith = useRef<string | null>(null);

  function begin(): void {
    begunWith.current = text;
    setDraft(text);
  }

  function finish(save: boolean, keepFocus: boolean): void {
    const before = begunWith.current;
    if (draft === null || before === null) return;
    begunWith.current = null;
    const next = draft.trim();
    flushSync(() => setDraft(null));
    if (keepFocus) button.current?.focus();
    if (!save || next === before) return;
    if (next === '') onEmpty();
    else onChange(next);
  }

  function onKeyDown(event: KeyboardEvent): void {
    // While an input method composes, Enter and Escape are its own.
    if (event.nativeEvent.isComposing) return;
    if (event.key === 'Enter') {
      // Otherwise the key also presses the button that takes the focus.
      event.preventDefault();
      finish(true, true);
    } else if (event.key === 'Escape') finish(false, true);
  }

  if (draft === null) {
    return (
      <button ref={button} type="button" className="text" title="Edit" onClick={begin}>
        <MarkedText text={text} ranges={ranges} />
      </button>
    );
  }
  return (
    <textarea
      className="edit"
      rows={1}
      aria-label="Edit todo"
      value={draft}
      maxLength={1000}
      autoComplete="off"
      enterKeyHint="done"
      onChange={(event) => setDraft(event.target.value)}
      onKeyDown={onKeyDown}
      onBlur={() => finish(true, false)}
      autoFocus
    />
  );
}
