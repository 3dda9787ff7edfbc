import type { ColdStore } from '../../ports/cold-store.js';
import type { Ledger } from '../../ports/ledger.js';
import type { SnapshotsProgress, SnapshotStore } from '../../ports/snapshot-store.js';
import { Lineages } from '../../services/persistence/lineages.js';
import { JointProgress } from './joint-progress.js';
import type { SharedLedger } from './shared-ledger.js';

export interface SharedStoresOptions {
  readonly ledger: Ledger;
  readonly shared: SharedLedger;
  readonly coldStore: ColdStore;
  /** Left out, no snapshots are taken. */
  readonly snapshots?: SnapshotStore;
  readonly members: number;
  /** PI-50: asks a host that holds up the others for snapshots of all that differs from them. */
  readonly askForSnapshots: (member: number) => void;
  /** JO-5: how far the log may be given up, of what may be up to `through`. Left out: as far. */
  readonly trimmable?: (through: number) => Promise<number>;
  /** So much of the log is kept for the slowest before it is asked. */
  readonly logBytes?: number;
}

/** What one of several hosts has of the database. */
export interface MemberStores {
  readonly ledger: Ledger;
  readonly coldStore: ColdStore;
  readonly snapshots?: SnapshotStore;
}

interface Opened {
  readonly coldThrough: number;
  readonly stored: SnapshotsProgress | null;
  readonly cold: JointProgress;
  readonly taken: JointProgress;
  /** Where the log ended. */
  readonly position: number;
  /** SY-2: the name that the history had where a host is, by what that host has read of the log. */
  readonly names: Map<number, string>;
  /** How far the cold store and the snapshots have been said to be. */
  coldWritten: number;
  progress: SnapshotsProgress;
}

/** As much as of one host (PI-13). */
const LOG_BYTES = 32 * 1024 * 1024;

/**
 * PI-50: the cold store and the snapshots of hosts that share a ledger: each writes rows and partitions of its own, and how far they are is how far all are together. The log is trimmed behind what
 * is written there. One write of each at a time, so that what is written later never says less.
 */
export function createSharedStores(options: SharedStoresOptions): readonly MemberStores[] {
  const { coldStore, ledger, members: count, shared, snapshots } = options;
  const { trimmable = (through) => Promise.resolve(through) } = options;
  const logBytes = options.logBytes ?? LOG_BYTES;
  /** The log since the first position that anybody needs: what the start has read of it, and what was written since. */
  const log: { readonly position: number; readonly bytes: number }[] = [];
  let logged = 0;
  let asked: number | null = null;
  let lineages: Lineages | null = null;
  let opened: Opened | null = null;
  let opening: Promise<Opened> | null = null;

  const open = async (): Promise<Opened> => {
    const { lineage, position } = await shared.claim();
    const [coldThrough, stored] = await Promise.all([coldStore.through(), snapshots?.progress() ?? null]);
    const progress = stored ?? { through: 0, lineage };
    const cold = new JointProgress(count, coldThrough, position);
    const taken = new JointProgress(count, progress.through, position);
    const names = new Map<number, string>();
    return (opened = { coldThrough, stored, cold, taken, position, names, coldWritten: coldThrough, progress });
  };
  const whenOpen = (): Promise<Opened> => (opening ??= open());

  shared.onCommitted(({ bytes, lineage, members, position }) => {
    if (opened === null) throw new Error('hosts append to a ledger that they have not read');
    lineages ??= new Lineages(position, lineage);
    lineages.note(position, lineage);
    opened.cold.committed(position, members);
    opened.taken.committed(position, members);
    noteLogged(position, bytes);
    if (logged > logBytes) askSlowest(opened.taken);
  });

  const noteLogged = (position: number, bytes: number): void => {
    log.push({ position, bytes });
    logged += bytes;
  };

  /** What servers before this one have left: else one that starts often would never be asked, and the log never trimmed. */
  async function* readLog(after: number): ReturnType<Ledger['read']> {
    for await (const segments of ledger.read(after)) {
      for (const { bytes, position } of segments) {
        if (position > (log.at(-1)?.position ?? 0)) noteLogged(position, bytes.length);
      }
      yield segments;
    }
  }

  /** Who holds up the others, and once until it is further. */
  const askSlowest = ({ slowest, through }: JointProgress): void => {
    while (log[0] !== undefined && log[0].position <= through) logged -= log.shift()!.bytes;
    if (slowest === null || logged <= logBytes || asked === slowest.member) return;
    asked = slowest.member;
    options.askForSnapshots(slowest.member);
  };

  const inTurn = turns();
  const inTurnCold = turns();
  const inTurnTrim = turns();

  const writeSnapshots =
    (store: SnapshotStore, member: number): SnapshotStore['write'] =>
    (_epoch, written, own) =>
      inTurn(async () => {
        const state = await whenOpen();
        const { epoch } = await shared.claim();
        const through = state.taken.ifReached(member, own.through);
        // A start reads from the log what the cold store lacks.
        const isFurther = through > state.progress.through && through <= state.coldWritten;
        if (own.through <= state.position) state.names.set(own.through, own.lineage);
        // A host hears late that the history has another name, and not of commits of others.
        const name = through > state.position ? lineages?.at(through) : state.names.get(through);
        const progress = isFurther && name !== undefined ? { through, lineage: name } : state.progress;
        const isWritten = await store.write(epoch, written, progress);
        if (!isWritten) return false;
        state.taken.reached(member, own.through);
        state.progress = progress;
        for (const at of state.names.keys()) if (at < progress.through) state.names.delete(at);
        if (asked === member) asked = null;
        return true;
      });

  return Array.from({ length: count }, (_, member): MemberStores => ({
    ledger: {
      ...shared.member(() =>
        inTurnTrim(async () => {
          const { progress } = await whenOpen();
          await ledger.trim(await trimmable(progress.through));
        }),
      ),
      // Each reads all of it.
      ...(member === 0 ? { read: readLog } : {}),
    },
    coldStore: {
      through: async () => (await whenOpen()).coldThrough,
      write: (rows, through) =>
        inTurnCold(async () => {
          const state = await whenOpen();
          const goal = Math.max(state.coldWritten, state.cold.ifReached(member, through));
          await coldStore.write(rows, goal);
          state.cold.reached(member, through);
          state.coldWritten = goal;
        }),
      rows: (map) => coldStore.rows(map),
      close: () => Promise.resolve(),
    },
    ...(snapshots === undefined
      ? {}
      : {
          snapshots: {
            progress: async () => (await whenOpen()).stored,
            heads: () => snapshots.heads(),
            records: (partition) => snapshots.records(partition),
            write: writeSnapshots(snapshots, member),
            close: () => Promise.resolve(),
          },
        }),
  }));
}

/** One after the other. */
function turns(): <T>(work: () => Promise<T>) => Promise<T> {
  let last: Promise<unknown> = Promise.resolve();
  return (work) => {
    const done = last.then(work, work);
    last = done.catch(() => undefined);
    return done;
  };
}
