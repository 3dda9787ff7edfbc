import type { HelloRefusal } from './client-link.js';

/** Where a line comes from, as its request says it. */
export interface ArrivedFrom {
  /** Of the client; `null`: not known. */
  readonly address: string | null;
  /** Of the page; `undefined`: it is no browser, or a page of the server itself. */
  readonly origin: string | undefined;
  /** What the request calls the server. */
  readonly host: string | undefined;
}

/** Somebody who has opened a line and may say who they are. */
export interface Caller {
  readonly address: string | null;
  /** Why nobody is let in by it, whatever they say. */
  readonly refusal: HelloRefusal | null;
  /** The line is closed. */
  left(): void;
}

/** Of a line that nobody counts. */
export const UNKNOWN_CALLER: Caller = { address: null, refusal: null, left: () => undefined };
