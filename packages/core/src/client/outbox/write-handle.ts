import type { Op } from '../../crdt/index.js';
import type { Rejection } from './rejection.js';

/**
 * How a write ended. `superseded`: accepted, and a later write had already taken its place. Never an exception: a refusal is
 * an outcome an app has to be able to show.
 */
export type WriteOutcome =
  | { readonly ok: true; readonly outcome: 'applied' | 'superseded' }
  | { readonly ok: false; readonly rejected: Rejection };

/**
 * What becomes of a write that is already visible. The promises are made when first asked for, never reject, stay pending while
 * offline and are gone with the page: what is durable, refusals included, survives it.
 */
export interface WriteHandle {
  /** Resolves when the write has survived a crash of this device: its transaction has completed. */
  readonly persisted: Promise<WriteOutcome>;
  /** Resolves when the server has decided: durable there, or refused. */
  readonly acked: Promise<WriteOutcome>;
}

export const APPLIED: WriteOutcome = { ok: true, outcome: 'applied' };

/** A write that changed nothing is no op: done at once (CR-4). */
export const NOTHING_TO_DO: WriteHandle = {
  get persisted() {
    return Promise.resolve(APPLIED);
  },
  get acked() {
    return Promise.resolve(APPLIED);
  },
};

const NO_OPS: readonly Op[] = [];

/** An op of this tab on its way. Its identity may change before it is durable, and its stamp before it is sent. */
export class TrackedWrite implements WriteHandle {
  op: Op;
  /** CR-11: what was added to the device's clock when the op was stamped. */
  clockOffset: number;
  /** CL-7: refused ops that this one is written instead of: they leave storage in the commit in which it becomes durable. */
  readonly replaces: readonly Op[];
  #isPersisted = false;
  #outcome: WriteOutcome | null = null;
  /** Made when first asked for: most writes are never awaited. */
  #persisted: Deferred | null = null;
  #acked: Deferred | null = null;

  constructor(op: Op, clockOffset: number, replaces: readonly Op[] = NO_OPS) {
    this.op = op;
    this.clockOffset = clockOffset;
    this.replaces = replaces;
  }

  get persisted(): Promise<WriteOutcome> {
    this.#persisted ??= deferred(this.#isPersisted ? APPLIED : null);
    return this.#persisted.promise;
  }

  get acked(): Promise<WriteOutcome> {
    this.#acked ??= deferred(this.#outcome);
    return this.#acked.promise;
  }

  settlePersisted(): void {
    this.#isPersisted = true;
    this.#persisted?.resolve(APPLIED);
  }

  settleAcked(outcome: WriteOutcome): void {
    this.#outcome ??= outcome;
    this.#acked?.resolve(this.#outcome);
  }
}

/** Several writes as one: done when all are; refused as the first refused one, in a transaction as the part at fault (CR-12). */
export class JoinedWrites implements WriteHandle {
  /** @internal One by one, for whoever keeps account of them. */
  readonly writes: readonly WriteHandle[];

  constructor(writes: readonly WriteHandle[]) {
    this.writes = writes;
  }

  get persisted(): Promise<WriteOutcome> {
    return join(this.writes.map((write) => write.persisted));
  }

  get acked(): Promise<WriteOutcome> {
    return join(this.writes.map((write) => write.acked));
  }
}

async function join(promises: readonly Promise<WriteOutcome>[]): Promise<WriteOutcome> {
  const outcomes = await Promise.all(promises);
  const isSuperseded = (outcome: WriteOutcome): boolean => outcome.ok && outcome.outcome === 'superseded';
  const isAtFault = (outcome: WriteOutcome): boolean => !outcome.ok && outcome.rejected.code !== 'transaction-refused';
  const refused = outcomes.find(isAtFault) ?? outcomes.find(({ ok }) => !ok);
  return refused ?? outcomes.find(isSuperseded) ?? APPLIED;
}

interface Deferred {
  readonly promise: Promise<WriteOutcome>;
  readonly resolve: (outcome: WriteOutcome) => void;
}

function deferred(outcome: WriteOutcome | null): Deferred {
  let resolve: (outcome: WriteOutcome) => void = () => {};
  const promise = new Promise<WriteOutcome>((settle) => {
    resolve = settle;
  });
  if (outcome !== null) resolve(outcome);
  return { promise, resolve };
}
