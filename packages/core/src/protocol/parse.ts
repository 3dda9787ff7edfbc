import * as z from 'zod/mini';
import { issue, within, type WireIssue } from '../crdt/wire-error.js';
import { checkWireOp } from '../crdt/wire-op.js';
import { checkWireRecord } from '../crdt/wire-record.js';
import { pathText } from '../primitives/check-value.js';
import { err, ok, type Result } from '../primitives/result.js';
import { checkSubmit } from './check-submit.js';
import { issueText } from './issue-text.js';
import { helloSchema, SUPPORTED_PROTOCOLS, type Hello } from './hello.js';
import { clientEnvelopes, serverEnvelopes, type ClientMessage, type ServerMessage } from './messages.js';
import { checkRowChange } from './row-change.js';
import { longForm } from './short-forms.js';
import { checkVerdict, submitTransaction, type SubmitMessage } from './submission.js';

/** What is wrong with something that arrived. `at` names the place, e.g. `$.batches[0].ops[3][1]`. */
export interface ProtocolError {
  readonly code: 'malformed' | 'protocol-version';
  readonly at: string;
  readonly reason: string;
}

/** Reads the connection request. The version comes first: a hello of another version may look different altogether. */
export function parseHello(input: unknown): Result<Hello, ProtocolError> {
  const version = versionOf(input);
  if (version !== null && !SUPPORTED_PROTOCOLS.includes(version)) {
    const spoken = SUPPORTED_PROTOCOLS.join(', ');
    return err({
      code: 'protocol-version',
      at: '$.protocol',
      reason: `protocol ${version} is not spoken here, only ${spoken}`,
    });
  }
  return parsed(z.safeParse(helloSchema(), input));
}

function versionOf(input: unknown): number | null {
  const version = typeof input === 'object' && input !== null ? (input as { protocol?: unknown }).protocol : null;
  return Number.isSafeInteger(version) ? (version as number) : null;
}

/**
 * Reads a message of a client: form only. What an op says is judged by `wireToOp`, op by op, and what a query says by
 * `validateQuery`, so that one bad op or query does not cost the client its whole message.
 */
export function parseClientMessage(input: unknown): Result<ClientMessage, ProtocolError> {
  const message = longForm(input);
  if (!isSubmit(message)) return parsed(z.safeParse(clientEnvelopes(), message));
  const wrong = checkSubmit(message);
  if (wrong !== null) return malformed(within('$', wrong));
  if (!('transaction' in message)) return ok(message);
  const transaction = z.safeParse(submitTransaction(), message.transaction);
  return transaction.success ? ok(message) : malformed(firstIssueOf(transaction.error, '$.transaction'));
}

/** Whether it says that it is one: to be taken for one only after its check. */
function isSubmit(input: unknown): input is SubmitMessage {
  return typeof input === 'object' && input !== null && (input as { type?: unknown }).type === 'submit';
}

/** Reads a message of a server; records come out checked for form, `decodeRecord` turns them into state. */
export function parseServerMessage(input: unknown): Result<ServerMessage, ProtocolError> {
  const message = parsed<ServerMessage>(z.safeParse(serverEnvelopes(), longForm(input)));
  if (!message.ok) return message;
  if (message.value.type === 'rows') {
    const wrong = firstIssue(message.value.changes, checkRowChange);
    if (wrong !== null) return malformed(within('$.changes', wrong));
  } else if (message.value.type === 'decided') {
    const wrong = firstIssue(message.value.verdicts, checkVerdict);
    if (wrong !== null) return malformed(within('$.verdicts', wrong));
    const badTotal = firstIssue(message.value.totals ?? [], checkTotal);
    if (badTotal !== null) return malformed(within('$.totals', badTotal));
    const badOp = firstIssue(message.value.changed ?? [], checkWireOp);
    if (badOp !== null) return malformed(within('$.changed', badOp));
  } else if (message.value.type === 'push') {
    const { subs } = message.value;
    for (let s = 0; s < subs.length; s += 1) {
      const wrong = firstIssue(subs[s]!.changes, checkRowChange);
      if (wrong !== null) return malformed(within(`$.subs[${s}].changes`, wrong));
    }
  }
  return message;
}

function checkTotal([, , record]: readonly unknown[]): WireIssue | null {
  const wrong = checkWireRecord(record);
  return wrong === null ? null : within('[2]', wrong);
}

function firstIssue<T>(items: readonly T[], check: (item: T) => WireIssue | null): WireIssue | null {
  for (let i = 0; i < items.length; i += 1) {
    const wrong = check(items[i] as T);
    if (wrong !== null) return within(`[${i}]`, wrong);
  }
  return null;
}

function parsed<T>(result: z.core.util.SafeParseResult<unknown>): Result<T, ProtocolError> {
  // The schemas infer the very types named by the callers, but writable.
  if (result.success) return ok(result.data as T);
  return malformed(firstIssueOf(result.error));
}

function firstIssueOf({ issues: [first] }: z.core.$ZodError, root = '$'): WireIssue {
  return issue(root + pathText((first?.path ?? []) as (string | number)[]).slice(1), issueText(first));
}

const malformed = ({ at, message }: WireIssue): Result<never, ProtocolError> =>
  err({ code: 'malformed', at, reason: message });
