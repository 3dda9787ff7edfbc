import { assertNever } from '@topgun/core/primitives';
import type { ColdRow } from '../../ports/cold-store.js';
import type { AppendOutcome, JointId, LedgerSegment } from '../../ports/ledger.js';
import type { SnapshotsProgress, StoredHead, StoredSnapshot } from '../../ports/snapshot-store.js';
import type { MemberStores } from '../composite/shared-stores.js';

/** What a host's thread asks of the database, which the thread of the gateway has open for all of them (PI-51). */
export type StoreQuestion =
  | { readonly ask: 'claim' }
  | { readonly ask: 'append'; readonly segment: Uint8Array; readonly joint: readonly JointId[] }
  | { readonly ask: 'renew' }
  /** Some segments after it; none: there are none. */
  | { readonly ask: 'read'; readonly after: number }
  | { readonly ask: 'trim'; readonly through: number }
  | { readonly ask: 'cold-through' }
  | { readonly ask: 'write-rows'; readonly rows: readonly ColdRow[]; readonly through: number }
  | { readonly ask: 'progress' }
  | { readonly ask: 'heads' }
  | { readonly ask: 'records'; readonly partition: number }
  | {
      readonly ask: 'write-snapshots';
      readonly epoch: number;
      readonly snapshots: readonly StoredSnapshot[];
      readonly progress: SnapshotsProgress;
    };

export interface Asked {
  readonly id: number;
  readonly question: StoreQuestion;
}

export type Answered =
  | { readonly id: number; readonly answer: unknown }
  | { readonly id: number; readonly failed: string };

/** As much of a message port as is used here. */
export interface StorePort<Out, In> {
  postMessage(message: Out): void;
  on(event: 'message', receive: (message: In) => void): unknown;
}

/** The side of the gateway: answers what a host's thread asks. */
export function serveStores(port: StorePort<Answered, Asked>, stores: MemberStores): void {
  const answer = async ({ id, question }: Asked): Promise<void> => {
    try {
      port.postMessage({ id, answer: await answerOf(stores, question) });
    } catch (error) {
      const failed = error instanceof Error ? error.message : String(error);
      port.postMessage({ id, failed });
    }
  };
  port.on('message', (asked) => void answer(asked));
}

async function answerOf({ coldStore, ledger, snapshots }: MemberStores, question: StoreQuestion): Promise<unknown> {
  switch (question.ask) {
    case 'claim':
      return ledger.claim();
    case 'append':
      return ledger.append(question.segment, question.joint);
    case 'renew':
      return ledger.renew();
    case 'read':
      for await (const segments of ledger.read(question.after)) if (segments.length > 0) return segments;
      return [];
    case 'trim':
      return ledger.trim(question.through);
    case 'cold-through':
      return coldStore.through();
    case 'write-rows':
      return coldStore.write(question.rows, question.through);
    case 'progress':
      return snapshots?.progress() ?? null;
    case 'heads': {
      const all: StoredHead[] = [];
      for await (const heads of snapshots?.heads() ?? []) all.push(...heads);
      return all;
    }
    case 'records':
      return snapshots?.records(question.partition) ?? null;
    case 'write-snapshots':
      return snapshots?.write(question.epoch, question.snapshots, question.progress) ?? false;
    default:
      return assertNever(question);
  }
}

/** The side of the host's thread. Whatever is asked is answered as long as the thread lives. */
export function createAskedStores(port: StorePort<Asked, Answered>): Required<MemberStores> {
  const waiting = new Map<number, { resolve(answer: unknown): void; reject(error: Error): void }>();
  let last = 0;
  port.on('message', (answered) => {
    const asked = waiting.get(answered.id);
    waiting.delete(answered.id);
    if ('failed' in answered) asked?.reject(new Error(answered.failed));
    else asked?.resolve(answered.answer);
  });
  const ask = <Answer>(question: StoreQuestion): Promise<Answer> =>
    new Promise<unknown>((resolve, reject) => {
      last += 1;
      waiting.set(last, { resolve, reject });
      port.postMessage({ id: last, question });
    }) as Promise<Answer>;
  const close = (): Promise<void> => Promise.resolve();

  return {
    ledger: {
      claim: () => ask({ ask: 'claim' }),
      append: (segment, joint = []) => ask<AppendOutcome>({ ask: 'append', segment, joint }),
      renew: () => ask({ ask: 'renew' }),
      async *read(after) {
        for (let position = after; ;) {
          const segments = await ask<readonly LedgerSegment[]>({ ask: 'read', after: position });
          const end = segments.at(-1);
          if (end === undefined) return;
          yield segments;
          ({ position } = end);
        }
      },
      trim: (through) => ask({ ask: 'trim', through }),
      close,
    },
    coldStore: {
      through: () => ask({ ask: 'cold-through' }),
      write: (rows, through) => ask({ ask: 'write-rows', rows, through }),
      rows: () => Promise.reject(new Error('a host reads no rows of the cold store')),
      close,
    },
    snapshots: {
      progress: () => ask({ ask: 'progress' }),
      async *heads() {
        yield await ask<readonly StoredHead[]>({ ask: 'heads' });
      },
      records: (partition) => ask({ ask: 'records', partition }),
      write: (epoch, snapshots, progress) => ask({ ask: 'write-snapshots', epoch, snapshots, progress }),
      close,
    },
  };
}
