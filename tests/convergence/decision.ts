/** One thing that is to happen, and the seed of everything that is drawn while it does. */
export interface Decision {
  /** The name of an action. */
  readonly action: string;
  readonly seed: number;
}
