import { err, ok, type Result } from '../primitives/result.js';
import { MAX_TTL_MS } from './expiry.js';
import type { LwwRecord } from './lww-record.js';
import type { OpBody } from './op.js';
import type { WriteError } from './plan-write.js';

/**
 * CR-9: a planned write with what its author says of the record's end. `undefined` leaves it as it is, `null` clears it. What
 * changes nothing else is an op for the sake of it, except where there is no end to clear. `now`: the server's time.
 */
export function planTtl(
  current: LwwRecord | undefined,
  body: OpBody | null,
  ttlMs: unknown,
  now: number,
): Result<OpBody | null, WriteError> {
  if (body?.kind === 'remove') return ok(body);
  if (ttlMs === undefined)
    return ok(body?.kind === 'create' && endsUnseen(current, now) ? { ...body, ttlMs: null } : body);
  if (ttlMs !== null && !isTtl(ttlMs)) {
    const message = `ttlMs is null or a whole number of ms from 1 to ${MAX_TTL_MS}, not ${describe(ttlMs)}`;
    return err({ code: 'invalid-ttl', path: '$', message });
  }
  if (body !== null) return ok({ ...body, ttlMs });
  const hasEnd = (current?.expiry?.at ?? null) !== null;
  return ok(ttlMs === null && !hasEnd ? null : { kind: 'patch', fields: [], ttlMs });
}

/**
 * An end that has come, of a record of which nothing else is known here. Its removal is not held, so a create does not restart it; but one
 * that said nothing of the end would have ended before it began.
 */
const endsUnseen = (current: LwwRecord | undefined, now: number): boolean =>
  current?.existence === null && (current.expiry?.at ?? Infinity) <= now;

const isTtl = (ttlMs: unknown): ttlMs is number =>
  Number.isInteger(ttlMs) && (ttlMs as number) >= 1 && (ttlMs as number) <= MAX_TTL_MS;

const describe = (given: unknown): string => (typeof given === 'number' ? String(given) : `a ${typeof given}`);
