import { err, type Result } from '../primitives/result.js';

/** What is wrong with something that arrived, and where: `at` is a path like `[4][0]` from the thing that was read. */
export interface WireIssue {
  readonly at: string;
  readonly message: string;
}

export const issue = (at: string, message: string): WireIssue => ({ at, message });

/** The same issue seen from one level further out. */
export const within = (outer: string, inner: WireIssue): WireIssue => ({
  at: outer + inner.at,
  message: inner.message,
});

/** Why a well-formed `WireOp` is no op; each code is also a rejection code of the protocol. */
export interface OpError extends WireIssue {
  readonly code: 'invalid-op' | 'map-name' | 'invalid-key' | 'invalid-value' | 'too-large';
}

export const refuse = (code: OpError['code'], at: string, message: string): Result<never, OpError> =>
  err({ code, at, message });
