import { beforeAll, expect, it } from 'vitest';

import type { ReplicaId } from '../../../clock/index.js';
import { indexRowId, issuedRowId, type StoreName, usedRowId, viewRowId } from '../../storage/stored-rows.js';
import { deriveKeys, SECRET_BYTES } from './database-keys.js';
import type { Fields } from './row-bytes.js';
import { DamagedDatabaseError, RowCodec, type StoredRow } from './row-codec.js';

const MARK = 'wrenlike';
const ISSUED = issuedRowId('dbdbdbdbdbdb.0' as ReplicaId);
const long = `["${MARK}","${'and so on '.repeat(20)}"]`;

/** A row of each kind, the app's own texts in all of them. */
const ROWS: readonly (readonly [StoreName, Fields])[] = [
  ['outbox', { id: 3, v: 1, replica: 'dbdbdbdbdbdb.0', first: 1, last: 2, count: 2, entries: long }],
  ['journal', { id: 4, v: 1, map: MARK, changes: long }],
  ['pages', { v: 1, map: MARK, first: `${MARK} 1`, keys: [`${MARK} 1`], records: [long] }],
  ['rejections', { id: 'dbdbdbdbdbdb.0:7', v: 1, rejection: long }],
  [
    'kept',
    { id: 5, v: 1, replica: 'dbdbdbdbdbdb.0', last: 2, lineage: 'l', position: 1, at: 2, count: 1, entries: long },
  ],
  ['meta', { id: viewRowId(`${MARK}\0{"where":{"${MARK}":1}}`), v: 1, hasMore: true, records: long }],
  ['meta', { id: indexRowId(MARK), v: 1, name: MARK, parts: 1 }],
  ['meta', { id: indexRowId(MARK, 0), v: 1, text: MARK }],
  ['meta', { id: usedRowId(MARK), v: 1, map: MARK, at: 1 }],
  ['meta', { id: `aside:pages:["${MARK}",""]`, v: 1, store: 'pages', row: { records: [MARK] } }],
  ['meta', { id: 'views', v: 1, ids: [viewRowId(MARK)] }],
  ['meta', { id: `yet to be thought of:${MARK}`, v: 1 }],
  ['meta', { id: ISSUED, v: 1, replica: 'dbdbdbdbdbdb.0', seq: 3, stamp: 'x' }],
];

const secretOf = (byte: number) => new Uint8Array(SECRET_BYTES).fill(byte);
let codec: RowCodec;
beforeAll(async () => {
  codec = new RowCodec(await deriveKeys(secretOf(1)));
});

/** All that is stored of a row, bytes as the letters they are. */
function written(stored: StoredRow): string {
  return JSON.stringify(stored, (_, value: unknown) =>
    value instanceof Uint8Array ? Buffer.from(value).toString('latin1') : value,
  );
}

it('EN-1, EN-3: of no row is any text, key, field, map or query in what is stored, and it opens as it was', async () => {
  for (const [store, row] of ROWS) {
    if (row['id'] !== ISSUED) expect(JSON.stringify(row)).toContain(MARK);
    const stored = await codec.seal(store, row);
    expect(written(stored), JSON.stringify(row)).not.toContain(MARK);
    expect(await codec.open(store, stored)).toEqual(row);
  }
});

it('EN-1: what is written twice is not the same bytes twice', async () => {
  const [, [store, row]] = ROWS as [unknown, (typeof ROWS)[number]];
  const [one, two] = [await codec.seal(store, row), await codec.seal(store, row)];
  expect(Buffer.from(one.sealed).equals(two.sealed)).toBe(false);
  // Nor its nonce: under one key that would tell what two rows have in common.
  expect(Buffer.from(one.sealed.subarray(1, 13)).equals(two.sealed.subarray(1, 13))).toBe(false);
});

it('EN-1: no row opens in the place of another, under another key, or with any byte changed', async () => {
  const other = new RowCodec(await deriveKeys(secretOf(2)));
  for (const [store, row] of ROWS) {
    const stored = await codec.seal(store, row);
    const places: Fields[] = [
      { ...stored, id: 99 },
      { ...stored, last: 99 },
      { ...(await codec.seal('pages', { map: 'other', first: 'k' })), sealed: stored.sealed },
    ];
    for (let at = 0; at < stored.sealed.length; at += 7) {
      const changed = Uint8Array.from(stored.sealed);
      changed[at] = (changed[at] ?? 0) ^ 1;
      places.push({ ...stored, sealed: changed });
    }
    places.push(
      { ...stored, sealed: stored.sealed.subarray(0, -1) },
      { ...stored, sealed: 'text' },
      { ...stored, sealed: undefined },
    );
    for (const place of places) expect(await opensAs(codec, store, place)).not.toEqual(row);
    expect(await opensAs(other, store, stored)).not.toEqual(row);
    expect(await opensAs(codec, store === 'kept' ? 'journal' : 'kept', stored)).not.toEqual(row);
  }
});

async function opensAs(by: RowCodec, store: StoreName, stored: Fields): Promise<Fields | null | 'damaged'> {
  try {
    return await by.open(store, stored);
  } catch (error) {
    expect(error).toBeInstanceOf(DamagedDatabaseError);
    return 'damaged';
  }
}

it('EN-3: a name is the same text each time, others in other stores and under other keys, and unlike for names alike', async () => {
  const pages = await codec.sealKey('pages', ['todos', 'k1']);
  const fresh = new RowCodec(await deriveKeys(secretOf(1)));
  expect(await fresh.sealKey('pages', ['todos', 'k1'])).toEqual(pages);
  expect(await fresh.openKeys('pages', [pages])).toEqual([['todos', 'k1']]);
  const journal = await codec.sealKey('journal', 'todos');
  const other = new RowCodec(await deriveKeys(secretOf(2)));
  const names = [
    ...(pages as string[]),
    journal,
    await codec.sealKey('journal', 'todo'),
    await other.sealKey('journal', 'todos'),
  ];
  expect(new Set(names.map((name) => String(name).slice(0, 8))).size).toBe(names.length);
});

it('EN-3: the rows of one map, or of one kind, are a range as before, and no others are in it', async () => {
  const sealId = async (id: string): Promise<string> => (await codec.sealKey('meta', id)) as string;
  const [empty, a, b] = await Promise.all(['', 'a', 'b'].map((map) => sealId(indexRowId(map, 0))));
  const from = await sealId(indexRowId('a'));
  const to = await sealId(`${indexRowId('a')}\uffff`);
  expect([empty, a, b].map((id) => id !== undefined && from <= id && id <= to)).toEqual([false, true, false]);
  const kind = [await sealId('view:'), await sealId('view:\uffff')];
  expect(kind).toEqual(['view:', 'view:\uffff']);
});
