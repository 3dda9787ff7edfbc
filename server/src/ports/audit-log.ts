/** Who an event is about, as far as that is known. */
export interface AuditedClient {
  /** Names the connection; the same in the server's log. */
  readonly session?: string;
  /** The `sub` of the token; `null`: nobody in particular. Absent: not known, or nobody is asked. */
  readonly principal?: string | null;
  /** Where the connection comes from; `null`: not known. */
  readonly address?: string | null;
}

/** What has happened, and why, without a word of what anybody stored. */
export type AuditedEvent =
  | { readonly event: 'connection-opened' }
  /** Nobody was let in. */
  | { readonly event: 'connection-refused'; readonly code: string; readonly origin?: string }
  /** By the server, for a reason. */
  | { readonly event: 'connection-ended'; readonly code: string }
  | { readonly event: 'connection-closed' }
  /** AB-1: more was asked for than the budget of `scope` holds. */
  | { readonly event: 'overdrawn'; readonly scope: string; readonly resource: string }
  /** PI-9: the rules do not grant writes. `rule`: the sentence that names it. */
  | { readonly event: 'ops-refused'; readonly rule: string; readonly ops: number }
  | { readonly event: 'subscription-refused'; readonly code: string }
  /** PR-5: a call came to nothing. */
  | { readonly event: 'call-refused'; readonly procedure: string; readonly code: string }
  /** RU-1: a function of the app threw where it was asked for a permission, and so denied it. `error`: the name of what it threw. */
  | { readonly event: 'rule-threw'; readonly rule: string; readonly map: string; readonly error: string };

export type AuditEventName = AuditedEvent['event'];

/** One line of the audit log. */
export type AuditEntry = AuditedClient & AuditedEvent;

/** Where security-relevant events are told. */
export interface AuditLog {
  note(entry: AuditEntry): void;
}

export const NO_AUDIT: AuditLog = { note: () => undefined };
