/**
 * CR-1: hybrid logical timestamps, as fixed-width strings whose code-unit order is the order of
 * (millis, counter, replica). Registers hold this form, so comparing two stamps is comparing two strings.
 *
 * Layout: 8 digits of millis, 3 digits of counter, then the replica id; digits are base 64 in the
 * alphabet `-0-9A-Z_a-z`, which is in ASCII order.
 *
 * Source of the algorithm: Kulkarni, Demirbas et al., "Logical Physical Clocks" (2014).
 */
export type Stamp = string & { readonly __brand: 'Stamp' };

/** A participant in the CRDT, a tab or the server: 1 to 64 characters of `-0-9A-Z_a-z.`. */
export type ReplicaId = string & { readonly __brand: 'ReplicaId' };

/** The parts of a stamp. `millis` is wall time since 1970, 0 ≤ millis < 2^48; 0 ≤ counter < 2^18. */
export interface Timestamp {
  readonly millis: number;
  readonly counter: number;
  readonly replica: ReplicaId;
}
