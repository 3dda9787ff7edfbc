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
