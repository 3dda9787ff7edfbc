import type { LwwRecord, MapType } from '@topgun/core/crdt';
import { assertNever, type Hash64 } from '@topgun/core/primitives';
import { compilePredicate } from '@topgun/core/query';
import type { Elsewhere, ProposedCall } from '../op-pipeline/calls.js';
import { CallDraft, type CallDraftParts } from '../op-pipeline/call-draft.js';
import type { OpPipeline } from '../op-pipeline/op-pipeline.js';
import { NO_SESSION, type HostEvent } from '../ports/partition-host.js';
import type { CallCommand, CallPart, CallWrite, Found, JointCallOutcome, LookUp } from '../ports/joint-calls.js';
import type { GridState } from '../services/crdt/grid-state.js';
import { Overlay } from '../services/crdt/overlay.js';
import { neededPartitions } from '../services/loading/query-partitions.js';
import type { PartitionLoader } from '../services/loading/partition-loader.js';
import type { FindRecords } from '../services/elsewhere/known-elsewhere.js';
import type { DecidedCall } from '../services/procedures/decide-call.js';
import { shownOnce } from '../services/query/shown-value.js';

export interface HostElsewhereParts {
  readonly hash: Hash64;
  readonly owns: (partition: number) => boolean;
  readonly state: GridState;
  readonly pipeline: Pick<OpPipeline, 'callPart'>;
  readonly loader: Pick<PartitionLoader, 'need'>;
  readonly drafts: Omit<CallDraftParts, 'now' | 'author'>;
  readonly emit: (event: HostEvent) => void;
}

/** PR-8, PR-9: what a host that is one of several asks of the others, and does for them. */
export interface HostElsewhere extends Elsewhere {
  take(command: CallCommand): void;
}

export function createHostElsewhere(parts: HostElsewhereParts): HostElsewhere {
  const { drafts, emit, hash, loader, owns, pipeline, state } = parts;
  const asked = new Map<number, (found: readonly Found[] | null) => void>();
  const proposed = new Map<
    number,
    { readonly call: ProposedCall; readonly settle: (outcome: JointCallOutcome) => void }
  >();
  const entering = new Map<number, () => void>();
  let last = 0;

  /** PI-7: false: it cannot be read now. PI-45: what was hot may have gone again. */
  const isHot = async (partitions: () => Iterable<number>): Promise<boolean> => {
    for (let wait = loader.need(partitions()); wait !== null; wait = loader.need(partitions())) {
      if ((await wait) !== null) return false;
    }
    return true;
  };

  const partitionsOf = (lookUp: LookUp): Iterable<number> =>
    lookUp.type === 'record' ? [lookUp.partition] : neededPartitions(lookUp.map, lookUp.query, state, hash);

  const lookedUp = async ({ asker, id, lookUps }: Extract<CallCommand, { type: 'look-up' }>): Promise<void> => {
    const isHere = await isHot(() => lookUps.flatMap((lookUp) => [...partitionsOf(lookUp)]));
    const found = isHere ? lookUps.map((lookUp) => look(lookUp, state, drafts.find)) : null;
    emit({ type: 'looked-up', session: NO_SESSION, asker, id, found });
  };

  const tryPart = async ({
    call,
    identity,
    isWriting,
    joint,
    part,
  }: Extract<CallCommand, { type: 'try-call' }>): Promise<void> => {
    const own = call === null ? undefined : proposed.get(call)?.call;
    const tried = (has: boolean): void => emit({ type: 'tried', session: NO_SESSION, joint, parts: has ? [] : null });
    const write = (overlay: Overlay): DecidedCall | null =>
      own === undefined ? writePart(drafts, part, overlay) : own.write(overlay, part);
    const has = (overlay: Overlay): boolean => write(new Overlay(overlay)) !== null;
    const isHere = await isHot(() => neededFor(part));
    if (!isHere) tried(false);
    const isWritten = isHere && (await pipeline.callPart(joint, { has, write, isWriting, tried }, identity));
    emit({ type: 'call-part-ended', session: NO_SESSION, joint, isWritten });
  };

  const neededFor = ({ queries, reads, writes }: CallPart): Iterable<number> => [
    ...[...reads, ...writes].map(({ partition }) => partition),
    ...queries.flatMap(({ map, query }) => [...neededPartitions(map, query, state, hash)]),
  ];

  return {
    owns,
    lookUp(lookUps) {
      last += 1;
      const id = last;
      return new Promise((settle) => {
        asked.set(id, settle);
        emit({ type: 'look-up', session: NO_SESSION, id, lookUps });
      });
    },
    enterLane(name) {
      last += 1;
      const id = last;
      return new Promise((enter) => {
        entering.set(id, () => enter(() => emit({ type: 'leave-lane', session: NO_SESSION, id })));
        emit({ type: 'enter-lane', session: NO_SESSION, id, name });
      });
    },
    propose(call) {
      last += 1;
      const id = last;
      const { identity, isWriting, part } = call;
      const maps = new Map(part.writes.map((write) => [write.map, typeOfWrite(write)]));
      return new Promise((settle) => {
        proposed.set(id, { call, settle });
        emit({ type: 'propose-call', session: NO_SESSION, call: id, part, identity, isWriting, maps: [...maps] });
      });
    },
    take(command) {
      switch (command.type) {
        case 'look-up':
          void lookedUp(command);
          return;
        case 'lane-entered':
          entering.get(command.id)?.();
          entering.delete(command.id);
          return;
        case 'found':
          asked.get(command.id)?.(command.found);
          asked.delete(command.id);
          return;
        case 'try-call':
          void tryPart(command);
          return;
        case 'call-settled':
          proposed.get(command.call)?.settle(command.outcome);
          proposed.delete(command.call);
          return;
        default:
          assertNever(command);
      }
    },
  };
}

/** PR-9: what a call that runs in another host has of this one; `null`: it cannot be taken. */
function writePart(drafts: HostElsewhereParts['drafts'], part: CallPart, overlay: Overlay): DecidedCall | null {
  const { author, now } = part;
  return CallDraft.of({ ...drafts, author, now }, part, overlay)?.applyTo(overlay) ?? null;
}

function look(lookUp: LookUp, state: GridState, find: FindRecords): Found {
  const { map } = lookUp;
  if (lookUp.type === 'record') return [[lookUp.key, state.record(lookUp.partition, map, lookUp.key)]];
  const { most, query } = lookUp;
  const records = find(map, query, most);
  if (records === null) return null;
  const meets = compilePredicate(query.where);
  const found: (readonly [string, LwwRecord])[] = [];
  let looked = 0;
  for (const [key, record] of records) {
    looked += 1;
    if (looked > most) return null;
    const value = shownOnce(record);
    if (value !== undefined && meets(key, value)) found.push([key, record]);
  }
  return found;
}

function typeOfWrite({ write }: CallWrite): MapType {
  if (write.type === 'record') return 'record';
  return write.type === 'count' ? 'counter' : 'set';
}
