/** Why records cannot be had. `damaged`: never; otherwise it may be tried again. `no-room`: nothing that is here went in time (PI-46). */
export interface LoadFailure {
  readonly code: 'unreadable' | 'damaged' | 'no-room';
  /** A sentence. */
  readonly reason: string;
}
