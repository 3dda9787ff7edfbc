/**
 * How gateway and partition hosts reach each other: in-process now, threads and NATS later. Messages on one subject from
 * one sender arrive in order. `publish` has no answer; a subject without a subscriber drops the message.
 */
export interface Bus {
  publish<T>(subject: Subject<T>, message: T): void;
  subscribe<T>(subject: Subject<T>, receive: (message: T) => void): () => void;
}

/** A typed address: `T` is what travels on it. */
export interface Subject<T> {
  readonly name: string;
  /** Carries the type only; never set. */
  readonly type?: T;
}

export const subject = <T>(name: string): Subject<T> => ({ name });
