import { encodeValue, type Value } from '@topgun/core/primitives';
import type { CalledMessage, CallRefusal, CallRefusedMessage } from '@topgun/core/protocol';

/** What a call has come to. */
export type CallOutcome =
  /** `undefined`: the procedure returned nothing. */
  | { readonly type: 'returned'; readonly result: Value | undefined }
  | {
      readonly type: 'refused';
      readonly code: CallRefusal;
      readonly reason: string;
      readonly issues?: CallRefusedMessage['issues'];
      readonly data?: Value;
    };

export type RefusedCall = Extract<CallOutcome, { type: 'refused' }>;

export const refusedCall = (code: CallRefusal, reason: string): RefusedCall => ({ type: 'refused', code, reason });

/** PR-6: what a client is told. */
export function toAnswer(id: number, outcome: CallOutcome): CalledMessage | CallRefusedMessage {
  if (outcome.type === 'returned') {
    const { result } = outcome;
    return { type: 'called', id, ...(result === undefined ? {} : { result: encodeValue(result) }) };
  }
  const { code, reason, issues, data } = outcome;
  return {
    type: 'call-refused',
    id,
    code,
    reason,
    ...(issues === undefined ? {} : { issues }),
    ...(data === undefined ? {} : { data: encodeValue(data) }),
  };
}
