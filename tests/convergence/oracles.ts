import { idOf, stemOf, timeOf } from './op-id.js';
import {
  canonicalRecord,
  isVisible,
  materialize,
  ttlOf,
  type CreateOp,
  type LwwRecord,
  type Op,
  type PatchOp,
} from '../../packages/core/src/crdt/index.js';
import { canonicalJson, type Value } from '../../packages/core/src/primitives/index.js';
import { FEW_ROWS } from '../../server/src/services/query/live-view.js';
import { toColdRow } from '../../server/src/services/persistence/cold-row.js';
import { isRefusedByRules } from './access/only-permitted.js';
import { seenOf, seenValues, sightOf } from './access/seen-values.js';
import type { AppTab } from './app-tab.js';
import type { Device } from './device.js';
import { idsOf, isSameChange, type AppWrite } from './history.js';
import type { LedgerOp } from './ledger-model.js';
import { MAPS } from './maps.js';
import { recordsFrom } from './derived-queries.js';
import { evaluatePlainly, fieldsOf } from './queries.js';
import { must } from './violation.js';
import { checkShown } from './view-oracle.js';
import type { World } from './world.js';

/**
 * A removal that old must have reached every settled view: whoever has not heard for a minute is not settled any more. Who writes what it has
 * superseded shows that as pending, and then as acked until the push of the same commit: so long it is the latest that counts.
 */
const LONG_AGO_MS = 120_000;

/** What has to hold at every moment. */
export function checkAlways(world: World): void {
  world.checkErrors();
  const now = world.time.clock.now();
  world.ledger.catchUp(now);
  const open = world.openTabs();
  for (const { tab } of open) checkShown(tab);
  world.quietSearches.check(world);
  // A replaced server tells what it knows until it is asked to write.
  if (world.outdated.size > 0 || now - world.outdatedUntil < LONG_AGO_MS) return;
  // Nobody can know of a ledger that nobody serves.
  if (now - world.putBackSince < LONG_AGO_MS) return;
  world.level.check(world, LONG_AGO_MS);
  // Who has just thawed shows what it showed, until it runs.
  for (const { tab } of open) if (!tab.isFrozen && tab.thawedAt < now) checkRemoved(world, tab, now);
}

function checkRemoved(world: World, tab: AppTab, now: number): void {
  for (const { map, read } of tab.views.values()) {
    const { data, settled } = read();
    if (!settled) continue;
    for (const { _key: key } of data) {
      const removedAt = world.ledger.removedAt(map, key);
      if (removedAt === undefined || now - removedAt < LONG_AGO_MS) continue;
      // A record with a refused write may have others that are pending.
      must(tab.client.syncState(map, key) !== 'synced', 'removed-long-ago', () => {
        return `${tab.name} shows ${map}/${key}, removed or ended ${now - removedAt} ms ago, in a settled view`;
      });
    }
  }
}

/** `null` when every tab is done; otherwise what one of them still waits for. */
export function waitsFor(world: World): string | null {
  if (world.unfinished > 0) return 'a tab that is being closed';
  for (const { tab } of world.openTabs()) {
    const state = tab.client.getConnectionState();
    if (state !== 'live') return `${tab.name} is ${state}`;
    const call = world.calls.all.find((asked) => asked.told === null && asked.tab === tab.name);
    if (call !== undefined) return `${tab.name} has heard nothing of its call ${call.transfer.mark}`;
    const pending = tab.client.getPendingOpsCount();
    if (pending > 0) return `${tab.name} has ${pending} ops pending`;
    const derived = [...tab.derivedViews.values()].map(({ query, handle }) => ({ map: query.map, handle }));
    for (const { map, handle } of [...tab.views.values(), ...derived]) {
      if (!handle.getSnapshot().settled) return `${tab.name} has an unsettled view of ${map}: ${handle.key}`;
    }
    for (const { search, handle } of tab.live.searches.values()) {
      if (handle.getSnapshot().loading) return `${tab.name} waits for what it finds of ${search.text} in ${search.map}`;
    }
  }
  return null;
}

/** SY-5. */
export function checkViews(world: World): void {
  for (const { device, tab } of world.openTabs()) {
    for (const { map, query, handle } of tab.views.values()) {
      const values = seenValues(world, device, map);
      const rows = [...values].map(([key, value]) => ({ key, fields: fieldsOf(value) }));
      const expected = evaluatePlainly(query, rows).map(({ key, fields }) => [key, fields]);
      const shown = handle.getSnapshot().data.map(({ _key: key, ...value }) => [key, value]);
      const isSame = canonicalJson(shown as Value) === canonicalJson(expected as Value);
      must(isSame, 'equal-views', () => {
        return `${tab.name} shows for ${handle.key}\n  ${JSON.stringify(shown)}\n  instead of\n  ${JSON.stringify(expected)}`;
      });
    }
  }
}

/** QU-60, QU-61: groups and related rows. */
export function checkDerivedViews(world: World): void {
  for (const { device, tab } of world.openTabs()) {
    const records = recordsFrom((map) => seenValues(world, device, map));
    for (const { query, handle } of tab.derivedViews.values()) {
      const expected = canonicalJson(query.answer(records) as Value);
      const shown = canonicalJson(handle.getSnapshot().data as unknown as Value);
      must(shown === expected, 'equal-derived-views', () => {
        return `${tab.name} shows for ${handle.key}\n  ${shown}\n  instead of\n  ${expected}`;
      });
    }
  }
}

/** CR-8: what each tab holds of maps it asked for as a whole. */
export function checkRecords(world: World): void {
  for (const map of MAPS) {
    for (const { device, tab } of world.openTabs()) {
      const expected = textOf(seenValues(world, device, map));
      const held = textOf(tab.rows(map));
      must(
        held === expected,
        'equal-records',
        () => `${tab.name} holds of ${map}\n  ${held}\n  instead of\n  ${expected}`,
      );
    }
  }
}

const textOf = (rows: ReadonlyMap<string, Value>): string =>
  [...rows]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, value]) => `${key}=${canonicalJson(value)}`)
    .join(' ');

/** What a device would show after a restart without a network, stamps included; and its outbox is empty. */
export async function checkStorage(world: World): Promise<void> {
  for (const device of world.devices) {
    const opened = await device.database.adapter.open('topgun:http://grid.test:anonymous');
    if (!opened.ok) throw new Error('the local database cannot be opened');
    const storage = opened.value;
    const outbox = await storage.loadOutbox();
    const left = outbox.ok ? outbox.value.map(({ op }) => idOf(op)) : ['unreadable'];
    must(left.length === 0, 'progress', () => `the outbox of ${device.name} still holds ${left.join(', ')}`);
    // Tabs that each have a connection store what they hear in whatever order they hear it; the next connection puts it right.
    for (const map of world.profile.hasLocks ? MAPS : []) {
      const loaded = await storage.loadMap(map);
      const held = [...(loaded.ok ? loaded.value : [])].filter(([, record]) => isVisible(record));
      const stored = held.map(([key, record]) => [key, withoutForgotten(world, map, key, record)] as const);
      const expected = seenRecords(world, device, map);
      const text = (records: Iterable<readonly [string, Parameters<typeof canonicalRecord>[0]]>): string =>
        [...records]
          .map(([key, record]) => `${key}=${canonicalRecord(record)}`)
          .sort()
          .join('\n    ');
      must(text(stored) === text(expected), 'equal-storage', () => {
        return `${device.name} has stored of ${map}\n    ${text(stored)}\n  instead of\n    ${text(expected)}`;
      });
    }
    await storage.close();
  }
}

interface StoredDigest {
  readonly all: string;
  /** CR-10: without what the server has forgotten. */
  readonly known: string;
}

/** SY-2: the digest of what is stored of each map, by tab and map. Without locks storage is no more than a cache (CL-4), and none is told. */
export async function storedDigests(world: World): Promise<ReadonlyMap<string, StoredDigest>> {
  const digests = new Map<string, StoredDigest>();
  for (const device of world.profile.hasLocks ? world.devices : []) {
    const opened = await device.database.adapter.open('topgun:http://grid.test:anonymous');
    if (!opened.ok) throw new Error('the local database cannot be opened');
    for (const map of MAPS) {
      const loaded = await opened.value.loadMap(map);
      const stored = loaded.ok ? [...loaded.value] : [];
      const known = stored.map(([key, record]) => [key, withoutForgotten(world, map, key, record)] as const);
      const digest = { all: world.digests.digestOf(stored), known: world.digests.digestOf(known) };
      for (const { name } of device.tabs) digests.set(`${name} ${map}`, digest);
    }
    await opened.value.close();
  }
  return digests;
}

/** SY-2: of what devices offered after that, when nothing else happened. */
export function checkDigests(world: World, stored: ReadonlyMap<string, StoredDigest>): void {
  // PI-28: several hosts do not tell their views what they forget, since it changes nothing that shows: such a view has it still, and is the same.
  const mayBeKept = (world.profile.hosts ?? 1) > 1;
  for (const {
    device,
    tab: { name },
  } of world.openTabs()) {
    for (const { tab, map, have, answer } of world.digests.resumptions) {
      const held = stored.get(`${name} ${map}`);
      // The connection it was asked on was replaced.
      if (tab !== name || held === undefined || answer === null) continue;
      must(have === held.all, 'equal-digests', () => `${tab} offers ${have} of ${map}, and has stored ${held.all}`);
      const seen = seenRecords(world, device, map);
      // Of few rows all are sent, whatever is offered.
      const digest = world.digests.digestOf(seen);
      const due = seen.length > FEW_ROWS && held.all === digest ? 'same' : 'other';
      const isKept = mayBeKept && seen.length > FEW_ROWS && held.known === digest;
      must(
        answer === due || isKept,
        'equal-digests',
        () => `${tab} offers ${have} of ${map}, and is told ${answer} instead of ${due}`,
      );
    }
  }
}

/** CR-10: what the server has forgotten, and has not been given back since, shows nowhere, and a device may keep it until it asks again. */
export function withoutForgotten({ ledger }: World, map: string, key: string, record: LwwRecord): LwwRecord {
  const isGone = (name: string, stamp: string): boolean =>
    ledger.hasForgotten(map, key, stamp, name) && ledger.records(map).get(key)?.fields.get(name)?.stamp !== stamp;
  const kept = [...record.fields].filter(([name, { stamp }]) => !isGone(name, stamp));
  return { ...record, fields: new Map(kept) };
}

/** The records that show to the user of that device, as far as they may be told. */
export function seenRecords(world: World, device: Device, map: string): readonly (readonly [key: string, LwwRecord])[] {
  const sight = sightOf(world, device);
  return [...world.ledger.records(map)].flatMap(([key, record]) => {
    const value = materialize(record);
    if (value === undefined) return [];
    if (sight === null) return [[key, record]];
    if (seenOf(sight, map, value) === undefined) return [];
    const hidden = record.existence?.op === 'create' ? sight.book.hidden(sight.who, map) : [];
    return [[key, { ...record, fields: new Map([...record.fields].filter(([name]) => !hidden.includes(name))) }]];
  });
}

/** PI-4. */
export function checkColdStore(world: World): void {
  const { disk, ledger } = world;
  must(
    disk.coldThrough === ledger.position,
    'cold-store',
    () => `it stands at ${disk.coldThrough} of ${ledger.position}`,
  );
  let rows = 0;
  for (const map of ledger.maps()) {
    for (const [key, record] of ledger.records(map)) {
      rows += 1;
      const held = disk.coldRows.get(`${map}\0${key}`);
      const expected = toColdRow({ map, key, after: record }, held?.position ?? 0);
      const isSame = held !== undefined && JSON.stringify({ ...held }) === JSON.stringify(expected);
      must(isSame, 'cold-store', () => `holds ${JSON.stringify(held)} instead of ${JSON.stringify(expected)}`);
    }
  }
  must(disk.coldRows.size === rows, 'cold-store', () => `holds ${disk.coldRows.size} rows instead of ${rows}`);
}

/** PI-11: no op is decided twice. */
export function checkOnce(world: World): void {
  for (const [id, decisions] of world.ledger.decided) {
    const positions = decisions.map(({ position }) => position).join(', ');
    must(decisions.length === 1, 'acked-once', () => `op ${id} is in the ledger at ${positions}`);
  }
}

/** Whatever the ledger took was written by an app, under that id. */
export function checkProvenance(world: World): void {
  const byId = world.history.byId();
  for (const [id, decisions] of world.ledger.decided) {
    for (const { op } of decisions) {
      if (op === null) continue;
      const authors = byId.get(id) ?? writersInMemory(world, op);
      const isWritten = authors.some(({ track }) => isWhatIsLeft(world, track.op, op) && isSameEnd(track.op, op));
      must(
        isWritten,
        'provenance',
        () => `nobody wrote ${JSON.stringify(op)}, ${JSON.stringify(authors[0]?.track.op)}`,
      );
    }
  }
}

/** CL-8: a tab that has lost its database may go on in memory. What it issues again there (CR-2), no storage has seen. */
function writersInMemory({ history }: World, op: Op): readonly AppWrite[] {
  return history.writes.filter(({ isForgotten, track }) => isForgotten && stemOf(track.op) === stemOf(op));
}

/** CR-9, CR-11: the record ends as long after the edit as its author meant. A stamp that had to be after others is nearer to that end. */
function isSameEnd(written: Op, op: Op): boolean {
  const [meant, is] = [ttlOf(written), ttlOf(op)];
  return typeof meant === 'number' && typeof is === 'number' ? is <= meant : meant === is;
}

/** CL-1: what was durable here reaches the ledger, whatever became of its tab. */
export async function checkPersisted(world: World): Promise<void> {
  const refusals = world.hasBeenPutBack ? await storedRefusals(world) : new Set();
  for (const write of world.history.writes) {
    const isDecided = decisionsOf(world, write).length > 0;
    // Of what was refused a device keeps the refusal, and gives nothing back; if it has heard of it.
    const ids = [...idsOf(write)];
    const isRefused = write.acked?.ok === false || ids.some((id) => refusals.has(id) || world.ledger.hasRefused(id));
    const isLostRefusal = world.hasBeenPutBack && isRefused;
    // HK-3: nothing is given back of what the ledger had forgotten before it was replaced.
    const isNothing = write.track.op.kind === 'patch' && fieldsLeft(world, write.track.op).length === 0;
    must(
      !write.isPersisted || write.isForgotten || isDecided || isLostRefusal || (world.hasBeenPutBack && isNothing),
      'persisted-decided',
      () => `${nameOf(write)} was persisted and never decided`,
    );
  }
}

/** The ids of the refused ops that devices keep. */
async function storedRefusals(world: World): Promise<ReadonlySet<string>> {
  const ids = new Set<string>();
  for (const device of world.devices) {
    const opened = await device.database.adapter.open('topgun:http://grid.test:anonymous');
    const rejections = opened.ok ? await opened.value.loadRejections() : null;
    for (const { op } of rejections?.ok === true ? rejections.value : []) ids.add(idOf(op));
  }
  return ids;
}

/** PI-1: what an app was told is what the ledger says. */
export function checkAcks(world: World): void {
  for (const write of world.history.writes) {
    const { acked, track } = write;
    if (acked === null) continue;
    // SY-2: gone with a ledger that was replaced by an older one, and nobody had it to give back. Its id may stand for another write by now.
    if (world.hasBeenPutBack && (write.isForgotten || !acked.ok)) continue;
    const decisions = decisionsOf(world, write);
    const isSame = decisions.some(({ refusal }) => (refusal === null) === acked.ok);
    must(isSame, 'acked-once', () => `${nameOf(write)} was acked as ${JSON.stringify(acked)}`);
    // A wrong clock's stamps are corrected by whoever submits the op, and a frozen author hears no more of it than the verdict.
    if (world.profile.hasWrongClocks) continue;
    const isStamped = decisions.some(({ op }) => op === null || timeOf(op) === timeOf(track.op));
    must(isStamped, 'acked-once', () => {
      return `${nameOf(write)} is stamped ${track.op.stamp} here and ${decisions[0]?.op?.stamp} there`;
    });
  }
}

/** CR-12: the parts of a transaction are all applied, by one commit, or none is. By several when storage had it issued again. */
export function checkTransactions(world: World): void {
  const byId = world.history.byId();
  /** Of an id that was issued twice for the same change nobody can say whose the ledger holds. */
  const isAmbiguous = (part: AppWrite): boolean =>
    [...idsOf(part)].some((id) =>
      byId.get(id)?.some((other) => other !== part && isSameChange(other.track.op, part.track.op)),
    );
  for (const parts of world.history.transactions) {
    // Ids that storage has forgotten are issued again, and stand for two writes.
    if (parts.some((part) => part.isForgotten || isAmbiguous(part))) continue;
    const commits = parts.map((part) => commitsOf(world, part));
    must(new Set(commits).size <= 1, 'all-or-nothing', () => {
      const told = parts.map((part, i) => `${nameOf(part)} by ${commits[i] || 'none'}`);
      return `the parts of a transaction were not applied by one commit: ${told.join(', ')}`;
    });
  }
}

/** Those that applied the write, as a text. */
function commitsOf(world: World, write: AppWrite): string {
  const applied = decisionsOf(world, write).filter(({ refusal }) => refusal === null);
  return applied
    .map(({ position }) => position)
    .sort((a, b) => a - b)
    .join(' and ');
}

const nameOf = ({ tab, track: { op } }: AppWrite): string => `${op.kind} ${op.map}/${op.key} of ${tab} (${idOf(op)})`;

/** More than one when storage went back in time, and the op was issued again. */
function decisionsOf(world: World, write: AppWrite): readonly LedgerOp[] {
  const { op: written } = write.track;
  const decisions = [...idsOf(write)].flatMap((id) => world.ledger.decided.get(id) ?? []);
  return decisions.filter(({ op }) => op === null || isWhatIsLeft(world, written, op));
}

/**
 * What was written, but for fields which were unset later, and forgotten: an author that is told a verdict once more is told the op without them (HK-3, CR-10),
 * and gives it back so to a ledger that has lost it (SY-2).
 */
function isWhatIsLeft(world: World, written: Op, op: Op): boolean {
  if (isSameChange(written, op)) return true;
  if (!world.hasBeenPutBack || (written.kind !== 'create' && written.kind !== 'patch')) return false;
  return isSameChange({ ...written, fields: fieldsLeft(world, written) }, op);
}

const fieldsLeft = ({ ledger }: World, { map, key, stamp, fields }: CreateOp | PatchOp): CreateOp['fields'] =>
  fields.filter(({ name }) => !ledger.hasForgottenSince(map, key, stamp, name));

/**
 * CL-7: nothing these apps do is refused, unless a clock was wrong, or the record was forgotten meanwhile (CR-10): then an edit of it
 * is refused, and with it the transaction that it is a part of.
 */
export function checkRefusals(world: World): void {
  if (world.profile.hasWrongClocks) return;
  const ofForgotten = [...world.ledger.decided.values()].flat().filter(isOfForgotten);
  const refusedAt = new Set(ofForgotten.map(({ position }) => position));
  const isRight = (decision: LedgerOp): boolean =>
    decision.refusal === null ||
    isOfForgotten(decision) ||
    (decision.refusal === 'transaction-refused' && refusedAt.has(decision.position));
  for (const [id, [decision]] of world.ledger.decided) {
    if (world.profile.hasRules && decision !== undefined && isRefusedByRules(world, id, decision)) continue;
    // SY-2: who edits what somebody else has yet to give back may come first.
    const isEarly = decision?.refusal === 'record-absent' || decision?.refusal === 'transaction-refused';
    if (world.hasBeenPutBack && isEarly) continue;
    must(decision !== undefined && isRight(decision), 'refusals', () => {
      const op = world.history.byId().get(id)?.at(-1)?.track.op;
      return `op ${id} was refused as ${decision?.refusal}: ${JSON.stringify(op)}`;
    });
  }
}

const isOfForgotten = ({ refusal, isForgotten }: LedgerOp): boolean => refusal === 'record-absent' && isForgotten;
