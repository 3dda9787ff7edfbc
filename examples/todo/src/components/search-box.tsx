import { useRef, type ReactNode } from 'react';

import { Icon } from './icon.js';

export interface SearchBoxProps {
  readonly text: string;
  readonly onChange: (text: string) => void;
  /** How many are found; `null` while that is not known, or nothing is searched for. */
  readonly found: number | null;
}

/** What to search for. Escape or the button empties it. */
export function SearchBox({ text, onChange, found }: SearchBoxProps): ReactNode {
  const input = useRef<HTMLInputElement>(null);
  return (
    <search className="search">
      <Icon name="search" />
      <input
        ref={input}
        type="search"
        aria-label="Search todos"
        placeholder="Search"
        autoComplete="off"
        enterKeyHint="search"
        maxLength={200}
        value={text}
        onChange={(event) => onChange(event.target.value)}
        onKeyDown={(event) => {
          if (event.key === 'Escape' && !event.nativeEvent.isComposing) onChange('');
        }}
      />
      <span className="found" role="status">
        {found === null ? '' : `${found} found`}
      </span>
      {text !== '' && (
        <button
          type="button"
          className="clear-search"
          aria-label="Clear search"
          onClick={() => {
            onChange('');
            input.current?.focus();
          }}
        >
          <Icon name="close" />
        </button>
      )}
    </search>
  );
}
