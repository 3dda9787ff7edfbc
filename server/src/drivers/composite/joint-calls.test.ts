import { partitionOf, type Hash64 } from '@topgun/core/primitives';
import { beforeAll, expect, test } from 'vitest';
import { loadXxhash } from '../../adapters/xxhash.js';
import type { CallPart } from '../../ports/joint-calls.js';
import { NO_SESSION, type HostCommand } from '../../ports/partition-host.js';
import { settle } from '../../testing/test-host.js';
import { JointCalls } from './joint-calls.js';
import { JointTurns } from './joint-turns.js';

let hash: Hash64;
beforeAll(async () => {
  hash = await loadXxhash();
});

const placeOf = (map: string, key: string) => ({ partition: partitionOf(hash, map, key), map, key });
const keysOf = (member: number): string[] =>
  Array.from({ length: 60 }, (_, i) => `k${i}`).filter((key) => partitionOf(hash, 'm', key) % 3 === member);

/** Where calls over three hosts are joined, what it sends, and what the ledger is told. */
function joint() {
  const sent: [number, HostCommand][] = [];
  const told: string[] = [];
  const calls = new JointCalls({
    hash,
    members: 3,
    memberOf: (partition) => partition % 3,
    turns: new JointTurns(),
    ledger: {
      expectJoint: (id, members) => void told.push(`${id} of ${[...members].toSorted().join()}`),
      endJoint: (id) => void told.push(`${id} is over`),
    },
    send: (member, command) => void sent.push([member, command]),
    toAll: (command) => void sent.push([-1, command]),
  });
  const propose = (home: number, call: number, part: Partial<CallPart>): void =>
    calls.propose(home, {
      type: 'propose-call',
      session: NO_SESSION,
      call,
      part: { reads: [], queries: [], writes: [], author: null, now: 0, ...part },
      identity: null,
      isWriting: true,
      maps: [['m', 'record']],
    });
  const types = (): string[] => sent.splice(0).map(([member, { type }]) => `${member} ${type}`);
  const tried = (member: number, id: string, has = true): void =>
    void calls.tried(member, { joint: id, parts: has ? [] : null });
  const ended = (member: number, id: string, isWritten = true): void =>
    calls.ended(member, { type: 'call-part-ended', session: NO_SESSION, joint: id, isWritten });
  return { calls, propose, types, tried, ended, told };
}

test('PR-9: calls over several hosts are tried one after the other, each in all hosts that have something of it', () => {
  const { propose, types, tried, ended, told } = joint();
  const [there, elsewhere] = [placeOf('m', keysOf(1)[0]!), placeOf('m', keysOf(2)[0]!)];
  propose(0, 7, { reads: [{ ...there, shown: undefined }] });
  propose(2, 8, { reads: [{ ...elsewhere, shown: undefined }] });
  expect(types()).toEqual(['0 try-call', '1 try-call']);
  tried(1, 'c1');
  expect([types(), told]).toEqual([[], []]);
  tried(0, 'c1');
  expect([types(), told]).toEqual([['0 settle-joint', '1 settle-joint'], ['c1 of 0,1']]);
  ended(0, 'c1');
  expect(types()).toEqual([]);
  ended(1, 'c1');
  expect(types()).toEqual(['-1 fix-type', '0 call-settled', '2 try-call']);
});

test('PR-9: where one host has other records by now, or cannot write its part, the others do not write theirs', () => {
  const { propose, types, tried, ended, told } = joint();
  propose(0, 7, { reads: [{ ...placeOf('m', keysOf(1)[0]!), shown: undefined }] });
  types();
  tried(1, 'c1', false);
  ended(1, 'c1', false);
  tried(0, 'c1');
  expect([types(), told]).toEqual([['0 settle-joint'], ['c1 is over']]);
  ended(0, 'c1', false);
  expect(types()).toEqual(['0 call-settled']);
});

test('PR-3: of all hosts one call of a procedure after the other runs again', async () => {
  const { calls, types } = joint();
  const enter = (member: number, name: string): void =>
    void calls.enterLane(member, { type: 'enter-lane', session: NO_SESSION, id: 1, name });
  enter(2, 'reserve');
  enter(0, 'reserve');
  enter(1, 'pay');
  await settle();
  expect(types().toSorted()).toEqual(['1 lane-entered', '2 lane-entered']);
  calls.leaveLane(2, { type: 'leave-lane', session: NO_SESSION, id: 1 });
  await settle();
  expect(types()).toEqual(['0 lane-entered']);
});
