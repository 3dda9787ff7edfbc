import { canonicalRecord, isVisible, type LwwRecord } from '../../packages/core/src/crdt/index.js';
import { encodeBase64url, type Hash64 } from '../../packages/core/src/primitives/index.js';
import type { ClientMessage, ServerMessage } from '../../packages/core/src/protocol/index.js';

/** One whole map, asked for on a connection with the digest of what the device held of it. */
export interface Resumption {
  readonly tab: string;
  readonly map: string;
  readonly have: string;
  /** `null`: it is yet to come. */
  answer: 'same' | 'other' | null;
}

/** SY-2: what devices have offered since the last `startOver`, and what the server said to it. */
export interface DigestJudge {
  connection(tab: string): { asked(message: ClientMessage): void; told(message: ServerMessage): void };
  startOver(): void;
  readonly resumptions: readonly Resumption[];
  /** As `docs/spec/protocol.md` says it, and by nothing that the product adds up: the digest of these records. */
  digestOf(records: Iterable<readonly [key: string, record: LwwRecord]>): string;
}

export function createDigestJudge(hash: Hash64): DigestJudge {
  let resumptions: Resumption[] = [];

  return {
    connection(tab) {
      const bySub = new Map<number, Resumption>();
      let givesBack = false;
      return {
        asked(message) {
          // What it offers then is what verdicts of ops that it gives back have made of what it had.
          if (message.type !== 'subscribe' || givesBack) return;
          const { sub, map, query, have } = message;
          bySub.delete(sub);
          if (query !== undefined || have === undefined) return;
          const asked: Resumption = { tab, map, have: textOf(have), answer: null };
          bySub.set(sub, asked);
          resumptions.push(asked);
        },
        told(message) {
          if (message.type === 'welcome') givesBack = message.gaps === true;
          if (message.type !== 'same' && message.type !== 'rows' && message.type !== 'level') return;
          const asked = bySub.get(message.sub);
          if (asked !== undefined) asked.answer ??= message.type === 'same' ? 'same' : 'other';
        },
      };
    },
    startOver() {
      resumptions = [];
    },
    get resumptions() {
      return resumptions;
    },
    digestOf(records) {
      let [count, sum] = [0, 0n];
      for (const [key, record] of records) {
        if (!isVisible(record)) continue;
        count += 1;
        sum = BigInt.asUintN(64, sum + hash(`${key}\0${canonicalRecord(record)}`));
      }
      const bytes = Uint8Array.from({ length: 8 }, (_, i) => Number((sum >> BigInt(56 - 8 * i)) & 0xffn));
      return textOf([count, encodeBase64url(bytes)]);
    },
  };
}

const textOf = ([count, sum]: readonly [number, string]): string => `${count} ${sum}`;
