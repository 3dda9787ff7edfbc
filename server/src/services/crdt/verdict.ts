import type { RejectionCode } from '@topgun/core/protocol';

/** Why an op was refused for good (CL-7). */
export interface Refusal {
  readonly code: RejectionCode;
  /** A sentence fit for the person whose write it was. */
  readonly reason: string;
}

/** CL-9: what was decided of an op that was taken. `superseded`: later writes had already won all of it. */
export type Outcome = 'applied' | 'superseded';

/** PI-11: what was decided of an op, once and for all. */
export type Verdict = Outcome | Refusal;

/** A reason may quote what the client sent, and every message has its bounds. */
const MAX_REASON_LENGTH = 500;

export const refusal = (code: RejectionCode, reason: string): Refusal => ({
  code,
  reason: reason.length > MAX_REASON_LENGTH ? `${reason.slice(0, MAX_REASON_LENGTH)}…` : reason,
});

export const isRefusal = (verdict: Verdict): verdict is Refusal => typeof verdict === 'object';
