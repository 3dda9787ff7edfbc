import { DexieAdapter, EncryptedDexieAdapter, type StorageAdapter } from '@topgun/core';
import { encodeStamp, type ReplicaId } from '@topgun/core/clock';
import { opToRecord, type CreateOp } from '@topgun/core/crdt';

// Runs in a page: fills every place in which a client's storage keeps something of an app's, each with a text of its own.

type Storage = Extract<Awaited<ReturnType<StorageAdapter['open']>>, { readonly ok: true }>['value'];

const REPLICA = 'dbdbdbdbdbdb.0' as ReplicaId;
const KEY = Uint8Array.from({ length: 32 }, (_, n) => n * 7);

/** Random, so that nothing makes it shorter. */
const textOf = (): string => crypto.randomUUID().replaceAll('-', '');

const texts = {
  subject: textOf(),
  map: textOf(),
  key: textOf(),
  field: textOf(),
  'first key of a later page': `z${textOf()}`,
  'confirmed and folded': textOf(),
  'confirmed and not folded': textOf(),
  'in wide letters': textOf(),
  unsent: textOf(),
  refused: textOf(),
  'reason of a refusal': textOf(),
  kept: textOf(),
  'query of a view': textOf(),
  'row of a view': textOf(),
  'name of an index': textOf(),
  'term of an index': textOf(),
  'another map': textOf(),
};

export async function fill(kind: 'plain' | 'encrypted'): Promise<Record<string, string>> {
  const storage = await open(kind, texts.subject);
  const { map } = texts;
  const many = Array.from({ length: 600 }, (_, n) =>
    merge(n < 599 ? `k${n}` : texts['first key of a later page'], 'x'),
  );
  await done(storage.commit({ base: [{ map, changes: [...many, merge(texts.key, texts['confirmed and folded'])] }] }));
  await done(storage.commit({ base: [{ map, changes: [merge('wide', `${texts['in wide letters']} 語`)] }] }));
  while (await done(storage.compact()));
  await done(storage.commit({ base: [{ map, changes: [merge('late', texts['confirmed and not folded'])] }] }));
  await done(
    storage.commit({
      putOps: [{ op: opOf('unsent', texts.unsent, 1), handed: false }],
      keepOps: [{ lineage: 'l', position: 1, at: 1, ops: [opOf('kept', texts.kept, 3)] }],
      addRejections: [
        { op: opOf('refused', texts.refused, 2), code: 'c', reason: texts['reason of a refusal'], at: 1 },
      ],
    }),
  );
  const records = new Map([['row', opToRecord(opOf('row', texts['row of a view'], 4))]]);
  await done(storage.keepView({ key: `${map}\0${texts['query of a view']}`, records, hasMore: false }));
  await done(storage.savedIndexes!.keep(map, texts['name of an index'], [texts['term of an index']]));
  await done(storage.noteUse(texts['another map'], 1));
  await storage.close();
  // For the next start, and not to be found.
  localStorage.setItem('subject in parts', texts.subject.split('').join(' '));
  return texts;
}

/** Some of it, as it is read after another start. */
export async function read(kind: 'plain' | 'encrypted'): Promise<string[]> {
  const subject = (localStorage.getItem('subject in parts') ?? '').replaceAll(' ', '');
  const storage = await open(kind, subject);
  const ops = [
    ...(await done(storage.loadOutbox())).map(({ op }) => op),
    ...(await done(storage.loadRejections())).map(({ op }) => op),
    ...(await done(storage.loadKept())),
  ];
  const found: unknown[] = ops.flatMap((op) => (op.kind === 'create' ? op.fields.map(({ value }) => value) : []));
  for (const { map } of await done(storage.storedMaps())) {
    found.push(map);
    for (const record of (await done(storage.loadMap(map))).values()) {
      for (const { value } of record.fields.values()) found.push(value);
    }
  }
  await storage.close();
  return found.filter((value) => typeof value === 'string');
}

async function open(kind: 'plain' | 'encrypted', subject: string): Promise<Storage> {
  const adapter = kind === 'plain' ? new DexieAdapter() : new EncryptedDexieAdapter({ key: KEY });
  return done(adapter.open(`topgun:https://notes.example:user:${subject}`));
}

function opOf(key: string, value: string, seq: number): CreateOp {
  const stamp = encodeStamp({ millis: 1_000 + seq, counter: 0, replica: REPLICA });
  const fields = [{ name: texts.field, value }];
  return { kind: 'create', replica: REPLICA, seq, stamp, map: texts.map, key, fields, restart: false };
}

const merge = (key: string, value: string) => ({ type: 'merge' as const, key, delta: opToRecord(opOf(key, value, 9)) });

async function done<T>(
  result: Promise<
    { readonly ok: true; readonly value: T } | { readonly ok: false; readonly error: { readonly message: string } }
  >,
): Promise<T> {
  const answered = await result;
  if (!answered.ok) throw new Error(answered.error.message);
  return answered.value;
}
