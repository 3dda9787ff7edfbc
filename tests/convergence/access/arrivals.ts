import type { SubmitMessage } from '../../../packages/core/src/protocol/index.js';
import type { RuleBook } from './rule-books.js';
import type { Account } from './users.js';

/** As whom an op came, and to a server with which rules. */
export interface Arrival {
  readonly who: Account;
  readonly book: RuleBook;
}

/** How each op has come to servers so far: what is sent again may be judged otherwise. */
export interface Arrivals {
  note(message: SubmitMessage, arrival: Arrival): void;
  of(id: string): readonly Arrival[];
}

export function createArrivals(): Arrivals {
  const byId = new Map<string, Arrival[]>();
  return {
    note({ batches }, arrival) {
      for (const { replica, ops } of batches) {
        for (const [seq] of ops) {
          const id = `${replica}:${seq}`;
          byId.set(id, [...(byId.get(id) ?? []), arrival]);
        }
      }
    },
    of: (id) => byId.get(id) ?? [],
  };
}
