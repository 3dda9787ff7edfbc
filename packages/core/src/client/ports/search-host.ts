import type { HostReport, HostRequest } from '../../search/index.js';

/** What happens at the place where search indexes are kept. */
export interface SearchHostEvents {
  report(report: HostReport): void;
  /** It is no more, or never was: nothing is reported any more. Told once. */
  died(reason: string): void;
}

/** The way to it. What is posted is taken in order. */
export interface SearchHostLink {
  post(request: HostRequest): void;
  stop(): void;
}

/** Begins another one. Nothing is reported before it returns. `null`: there is none to be had here. */
export type StartSearchHost = (events: SearchHostEvents) => SearchHostLink | null;
