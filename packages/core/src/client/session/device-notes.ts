import { encodeStamp, type ReplicaId } from '../../clock/index.js';
import { materialize, opToRecord, type CreateOp } from '../../crdt/index.js';
import { err, ok, type Result } from '../../primitives/index.js';
import type { Environment } from '../ports/environment.js';
import type { BaseChange, ReadAhead, StorageError } from '../ports/storage.js';

/** CL-10: subjects, by what is remembered of them. `null`: of nobody. */
export interface Notes {
  /** Whose database was opened last, unless that user has signed out since. */
  readonly last: string | null;
  /** Who is being given what was written as nobody. */
  readonly adopting: string | null;
}

export interface DeviceNotes {
  /** Where storage cannot be read nothing is remembered: whoever opens a database there is told of it. */
  read(): Promise<Notes>;
  /** Strictly durable when it resolves. */
  write(changes: Partial<Notes>): Promise<Result<void, StorageError>>;
}

const MAP = 'notes';
const AHEAD: ReadAhead = { maps: [MAP] };
const NOTHING: Notes = { last: null, adopting: null };

/** Begins to read them: no place has to be had for that. Returns the end of it. */
export const prepareNotes = (environment: Pick<Environment, 'storage'>, name: string): (() => void) | undefined =>
  environment.storage.prepare?.(name, { after: Promise.resolve(), ahead: () => AHEAD });

/** CL-10: what a device remembers of its principals between two starts, in a small database beside theirs. */
export function createDeviceNotes(environment: Pick<Environment, 'clock' | 'storage'>, name: string): DeviceNotes {
  return {
    async read() {
      const opened = await environment.storage.open(name, AHEAD);
      if (!opened.ok) return NOTHING;
      const records = await opened.value.loadMap(MAP);
      await opened.value.close();
      if (!records.ok) return NOTHING;
      const subject = (key: keyof Notes): string | null => {
        const record = records.value.get(key);
        const value = record === undefined ? undefined : materialize(record);
        return typeof value === 'string' ? value : null;
      };
      return { last: subject('last'), adopting: subject('adopting') };
    },
    async write(changes) {
      const opened = await environment.storage.open(name);
      if (!opened.ok) return err(opened.error);
      const storage = opened.value;
      const { databaseId, issued } = storage.identity;
      const replica = `${databaseId}.0` as ReplicaId;
      const stamp = encodeStamp({ millis: Math.floor(environment.clock.now()), counter: 0, replica });
      const seq = (issued.get(replica)?.seq ?? 0) + 1;
      const ops: CreateOp[] = [];
      const noted: BaseChange[] = [];
      for (const [key, value] of Object.entries(changes)) {
        const fields = value === null ? [] : [{ name: '', value }];
        const op: CreateOp = {
          kind: 'create',
          replica,
          seq: seq + ops.length,
          stamp,
          map: MAP,
          key,
          fields,
          restart: false,
        };
        ops.push(op);
        // What was noted before is forgotten with its stamps: a clock may have been put back since.
        noted.push({ type: 'drop', key });
        if (value !== null) noted.push({ type: 'merge', key, delta: opToRecord(op) });
      }
      // Through the outbox in one step, which makes the commit strict.
      const putOps = ops.map((op) => ({ op, handed: false }));
      const result = await storage.commit({ putOps, removeOps: ops, base: [{ map: MAP, changes: noted }] });
      await storage.close();
      return result.ok ? ok(undefined) : result;
    },
  };
}
