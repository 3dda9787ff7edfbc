import * as z from 'zod/mini';
import { once } from '../primitives/once.js';
import type { Sent } from './immutable.js';
import { count, reason, replicaId } from './scalars.js';

/** PR-6: the longest name of a procedure. */
export const MAX_PROCEDURE_NAME = 128;
/** PR-4: so many calls of one connection may be without an answer. */
export const MAX_OPEN_CALLS = 16;

/** PR-4: names a call among those of its caller. */
export const CALL_ID_PATTERN = /^[-.0-9A-Z_a-z]{1,64}$/;

/** PR-1: why a call came to nothing. Whatever the code, it has written nothing. */
export const CALL_REFUSALS = [
  /** The server has no procedure of this name. */
  'unknown-procedure',
  /** The arguments are not what the procedure takes; `issues` say where. */
  'bad-args',
  /** The procedure itself refuses it; the reason is its. */
  'refused',
  /** The procedure threw, or wrote or returned what cannot be taken. */
  'failed',
  /** It took longer than the server lets it. */
  'too-slow',
  /** What it had read was changed by others, again and again. */
  'conflict',
  /** The server cannot do it just now. */
  'overloaded',
] as const;

/** PR-1: asks the server to run one of its procedures. Asked again with the same `call` it is not run again. */
export const callSchema = once(() =>
  z.object({
    type: z.literal('call'),
    /** Names the question within the connection; the answer says it. */
    id: count(),
    /** The local database that asks: `call` is one of its. */
    caller: replicaId(),
    call: z.string().check(z.regex(CALL_ID_PATTERN)),
    name: z.string().check(z.maxLength(MAX_PROCEDURE_NAME)),
    /** A value in its wire form. Absent: none. */
    args: z.exactOptional(z.unknown()),
  }),
);

export const calledSchema = once(() =>
  z.object({
    type: z.literal('called'),
    id: count(),
    /** A value in its wire form. Absent: the procedure returned nothing. */
    result: z.exactOptional(z.unknown()),
  }),
);

export const callRefusedSchema = once(() =>
  z.object({
    type: z.literal('call-refused'),
    id: count(),
    code: z.enum(CALL_REFUSALS),
    reason: reason(),
    /** With `bad-args`: where in the arguments what is wrong. */
    issues: z.exactOptional(z.array(z.object({ path: z.string(), reason: reason() }))),
    /** With `refused`: what the procedure says besides, a value in its wire form. */
    data: z.exactOptional(z.unknown()),
  }),
);

export type CallMessage = Sent<typeof callSchema>;
export type CalledMessage = Sent<typeof calledSchema>;
export type CallRefusedMessage = Sent<typeof callRefusedSchema>;
export type CallRefusal = CallRefusedMessage['code'];
