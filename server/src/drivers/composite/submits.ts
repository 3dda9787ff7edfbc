import type { ReplicaId } from '@topgun/core/clock';
import { typeMismatchText } from '@topgun/core/crdt';
import type { Hash64 } from '@topgun/core/primitives';
import type { WireOp } from '@topgun/core/protocol';
import { refusalsTogether } from '../../op-pipeline/refuse-together.js';
import type { OpSession } from '../../op-pipeline/op-session.js';
import type { SessionFault } from '../../op-pipeline/stages.js';
import { WaitingBytes } from '../../op-pipeline/waiting-bytes.js';
import type { HostCommand, HostEvent, SessionId, TriedPart } from '../../ports/partition-host.js';
import { placeOfOwner } from '../../services/crdt/replica-owners.js';
import type { CommittedPart } from '../../services/sync/joined-events.js';
import type { SharedLedger } from './shared-ledger.js';
import type { JointTurns, JointWork } from './joint-turns.js';
import { isWhole, shareOf, splitByMember, typeOfWireOp, type Submit } from './split-submit.js';

export interface SubmitsOptions {
  readonly hash: Hash64;
  readonly memberOf: (partition: number) => number;
  readonly ledger: Pick<SharedLedger, 'expectJoint' | 'endJoint'>;
  readonly turns: JointTurns;
  readonly send: (member: number, command: HostCommand) => void;
  readonly toAll: (command: HostCommand) => void;
  readonly onFault: (session: SessionId, fault: SessionFault) => void;
}

/** A message that the next ones of its session wait for. */
interface Awaited {
  readonly submit: Submit;
  /** Verdicts that have not come. */
  readonly undecided: Map<string, WireOp>;
  /** Whose replica it is has to be written first, there. */
  binds: { readonly replica: ReplicaId; readonly home: number } | null;
  /** Parts that are sent when those before are decided. */
  readonly parts: Submit[];
  readonly members: readonly number[];
  readonly work: JointWork;
  joint: Joint | null;
  /** Nothing is in its way any more. */
  isBegun: boolean;
}

/** PI-27: a transaction over several hosts. */
interface Joint {
  readonly id: string;
  /** The hosts whose hooks are through with it. */
  readonly judged: Set<number>;
  readonly tried: Map<number, readonly TriedPart[]>;
  isSettled: boolean;
}

/** A message of a session that a host takes nothing more of. */
interface Failing {
  readonly awaited: Awaited;
  /** The hosts that may still have parts of it. */
  readonly missing: Set<number>;
}

interface Line {
  readonly session: OpSession;
  readonly waiting: Submit[];
  /** CR-2: replicas of which the ledger says whose they are. */
  readonly bound: Set<ReplicaId>;
  awaited: Awaited | null;
  isClosed: boolean;
}

/**
 * PI-25, PI-27: what sessions send, each host its own. Of one session a message goes on when those before it have been handed to the hosts, so that each host
 * has them in order (PI-11); a few wait until what came before is decided: the first that use a replica, or a map, and transactions over several hosts.
 */
export class Submits {
  readonly #options: SubmitsOptions;
  readonly #lines = new Map<SessionId, Line>();
  readonly #failing = new Map<SessionId, Failing>();
  readonly #held = new WaitingBytes();
  #joints = 0;
  #idle: (() => void)[] = [];

  constructor(options: SubmitsOptions) {
    this.#options = options;
  }

  take(session: OpSession, submit: Submit): void {
    if (session.revoked) return;
    const line = this.#lineOf(session);
    if (line.awaited === null && line.waiting.length === 0) {
      this.#start(line, submit);
      return;
    }
    const fault = this.#held.hold({ session, bytes: submit.bytes });
    if (fault === null) line.waiting.push(submit);
    else this.#options.onFault(session.id, fault);
  }

  /** CR-2: whose these are is known. */
  bound(session: OpSession, replicas: Iterable<ReplicaId>): void {
    const line = this.#lineOf(session);
    for (const replica of replicas) line.bound.add(replica);
  }

  /** Nothing of it that no host has is wanted any more. What hosts have is decided. */
  closed(session: SessionId): void {
    const line = this.#lines.get(session);
    if (line === undefined) return;
    this.#empty(line);
    line.isClosed = true;
    const { awaited } = line;
    awaited?.parts.splice(0);
    // Hosts still decide what they have.
    if (awaited === null || (awaited.binds === null && awaited.undecided.size === 0)) this.#finish(line, true);
  }

  /** A host takes nothing more of it. */
  failed(session: SessionId): void {
    const line = this.#lines.get(session);
    if (line === undefined) return;
    this.#empty(line);
    this.#lines.delete(session);
    const { awaited } = line;
    if (awaited?.isBegun === true && awaited.undecided.size > 0) this.#fail(session, line, awaited);
    else this.#finish(line, true);
  }

  /** CR-7: other hosts may have parts of it on their way to the ledger, and say by that what the maps hold: until they are decided it is nobody else's turn. */
  #fail(session: SessionId, line: Line, awaited: Awaited): void {
    const { members, parts, submit } = awaited;
    const asked = members.slice(0, members.length - parts.length);
    const replicas = [...new Set(submit.batches.map(({ replica }) => replica))];
    this.#failing.set(session, { awaited, missing: new Set(asked) });
    line.awaited = null;
    if (awaited.joint !== null) this.#endJoint(awaited, awaited.joint, true);
    for (const member of asked) this.#options.send(member, { type: 'settle-session', session, replicas });
    this.#tellIdle();
  }

  /** A host has nothing of it any more that is not decided. */
  settled(member: number, session: SessionId): void {
    const failing = this.#failing.get(session);
    if (failing === undefined || !failing.missing.delete(member) || failing.missing.size > 0) return;
    this.#failing.delete(session);
    this.#options.turns.end(failing.awaited.work);
  }

  /** HK-7: hosts stage nothing behind what they have tried, so that begins when the hooks of all are through. */
  judged(member: number, { session, joint }: Extract<HostEvent, { type: 'judged' }>): void {
    const awaited = this.#lines.get(session)?.awaited ?? null;
    if (awaited === null || awaited.joint?.id !== joint) return;
    awaited.joint.judged.add(member);
    if (awaited.joint.judged.size < awaited.members.length) return;
    for (const one of awaited.members) this.#options.send(one, { type: 'try-joint', session, joint });
  }

  tried(member: number, { session, joint, parts }: Extract<HostEvent, { type: 'tried' }>): void {
    const line = this.#lines.get(session);
    const awaited = line?.awaited ?? null;
    if (awaited === null || awaited.joint?.id !== joint) return;
    if (parts === null) {
      // The host has ended the session, and says so.
      this.#options.ledger.endJoint(joint);
      return;
    }
    awaited.joint.tried.set(member, parts);
    if (awaited.joint.tried.size === awaited.members.length) this.#settle(awaited, awaited.joint);
  }

  /** What a commit has decided. */
  committed(parts: readonly CommittedPart[]): void {
    for (const { member, event } of parts) {
      for (const { session, replica, accepted, rejected } of event.verdicts) {
        const line = this.#lines.get(session);
        const failing = this.#failing.get(session)?.awaited;
        for (const [seq] of accepted) this.#fixType(session, failing?.undecided.get(placeOf(replica, seq)));
        const awaited = line?.awaited ?? null;
        if (line === undefined || awaited === null) continue;
        if (awaited.binds?.replica === replica && awaited.binds.home === member) {
          line.bound.add(replica);
          awaited.binds = null;
        }
        for (const [seq] of accepted) this.#fixType(session, awaited.undecided.get(placeOf(replica, seq)));
        for (const [seq] of accepted) awaited.undecided.delete(placeOf(replica, seq));
        for (const { seq } of rejected) awaited.undecided.delete(placeOf(replica, seq));
        if (awaited.binds === null && awaited.undecided.size === 0) this.#goOn(line, awaited);
      }
    }
  }

  /** Resolves when nothing waits here. */
  idle(): Promise<void> {
    return this.#isIdle() ? Promise.resolve() : new Promise((resolve) => this.#idle.push(resolve));
  }

  #isIdle(): boolean {
    return [...this.#lines.values()].every(({ awaited, waiting }) => awaited === null && waiting.length === 0);
  }

  #tellIdle(): void {
    if (this.#idle.length > 0 && this.#isIdle()) for (const resolve of this.#idle.splice(0)) resolve();
  }

  #lineOf(session: OpSession): Line {
    let line = this.#lines.get(session.id);
    if (line === undefined) {
      line = { session, waiting: [], bound: new Set(), awaited: null, isClosed: false };
      this.#lines.set(session.id, line);
    }
    return line;
  }

  #empty({ session, waiting }: Line): void {
    for (const { bytes } of waiting.splice(0)) this.#held.release({ session, bytes });
  }

  /** Hands a message to the hosts, or begins with what has to come before. */
  #start(line: Line, submit: Submit): void {
    const { memberOf, turns } = this.#options;
    const { batches } = submit;
    const byMember = isWhole(submit) ? splitByMember(batches, memberOf) : null;
    const members = [...(byMember?.keys() ?? [memberOf(batches[0]?.partition ?? 0)])];
    const parts = members.map((member): Submit => {
      const own = byMember?.get(member) ?? batches;
      return { ...submit, batches: own, bytes: shareOf(submit.bytes, own, batches) };
    });
    const isJoint = submit.transaction !== undefined && members.length > 1;
    const maps = new Set<string>();
    for (const { ops } of batches) for (const [, , map] of ops) if (!turns.typed.has(map)) maps.add(map);
    const unbound = this.#unbound(line, submit, members);
    if (!isJoint && maps.size === 0 && unbound === null) {
      for (const [i, member] of members.entries()) this.#options.send(member, parts[i]!);
      return;
    }
    line.awaited = {
      submit,
      undecided: new Map(),
      binds: unbound,
      parts,
      members,
      work: { isJoint, maps },
      joint: isJoint ? { id: '', judged: new Set(), tried: new Map(), isSettled: false } : null,
      isBegun: false,
    };
    if (unbound === null) this.#goOn(line, line.awaited);
    else {
      const { home, replica } = unbound;
      const batch = { replica, partition: placeOfOwner(this.#options.hash, replica), ops: [] };
      this.#options.send(home, { type: 'submit', session: submit.session, batches: [batch], bytes: 0 });
    }
  }

  /** CR-2: a replica that is used for the first time, elsewhere than where it is known whose it is. */
  #unbound({ bound, session }: Line, { batches }: Submit, members: readonly number[]): Awaited['binds'] {
    if (session.identity === null) return null;
    const { hash, memberOf } = this.#options;
    for (const replica of new Set(batches.map((batch) => batch.replica))) {
      if (bound.has(replica)) continue;
      const home = memberOf(placeOfOwner(hash, replica));
      if (members.length > 1 || members[0] !== home) return { replica, home };
    }
    return null;
  }

  /** Sends what is next of a message, when nothing else is in its way. */
  #goOn(line: Line, awaited: Awaited): void {
    const again = this.#unbound(line, awaited.submit, awaited.members);
    if (again !== null) {
      line.awaited = null;
      this.#start(line, awaited.submit);
      return;
    }
    if (awaited.parts.length === 0) {
      this.#finish(line, false);
      return;
    }
    if (!awaited.isBegun) {
      const again = (): void => {
        if (line.awaited === awaited && !awaited.isBegun) this.#goOn(line, awaited);
      };
      if (!this.#options.turns.begin(awaited.work, again)) return;
      awaited.isBegun = true;
    }
    if (awaited.joint === null) this.#sendPart(awaited, awaited.members.length - awaited.parts.length);
    else this.#sendJoint(awaited, awaited.joint);
  }

  /** A host after the other: what the first has taken says what the map holds. */
  #sendPart(awaited: Awaited, index: number): void {
    const part = awaited.parts.shift()!;
    noteUndecided(awaited, part);
    this.#options.send(awaited.members[index]!, part);
  }

  #sendJoint(awaited: Awaited, joint: Joint): void {
    this.#joints += 1;
    const id = `j${this.#joints}`;
    awaited.joint = { ...joint, id };
    for (const [i, part] of awaited.parts.splice(0).entries()) {
      noteUndecided(awaited, part);
      this.#options.send(awaited.members[i]!, { ...part, joint: id });
    }
  }

  /** PI-27: every host has said what would become of its parts. */
  #settle({ members, submit }: Awaited, joint: Joint): void {
    const { transaction, session } = submit;
    if (transaction === undefined || joint.isSettled) return;
    joint.isSettled = true;
    const tried = [...joint.tried.values()].flat();
    const refusals = refusalsTogether(transaction, this.#judgeTypes(submit, tried)) ?? new Map();
    const writing = members.filter((member) => joint.tried.get(member)?.some(({ verdict }) => verdict !== 'earlier'));
    this.#options.ledger.expectJoint(joint.id, new Set(writing));
    for (const member of members) {
      this.#options.send(member, { type: 'settle-joint', session, joint: joint.id, refusals: [...refusals] });
    }
  }

  /** CR-7: what a map holds, its first op says, in whatever host that is. */
  #judgeTypes({ batches }: Submit, tried: readonly TriedPart[]): readonly TriedPart[] {
    const wanted = new Map(batches.flatMap(({ ops }) => ops.map((op) => [op[0], typeOfWireOp(op)] as const)));
    const holds = new Map(this.#options.turns.typed);
    return tried
      .toSorted((a, b) => a.seq - b.seq)
      .map((part) => {
        const own = wanted.get(part.seq);
        if (part.verdict !== 'accepted' || own === undefined) return part;
        const first = holds.get(part.map) ?? own;
        holds.set(part.map, first);
        if (first === own) return part;
        return { ...part, verdict: { code: 'type-mismatch', reason: typeMismatchText(part.map, first, own) } };
      });
  }

  #fixType(session: SessionId, op: WireOp | undefined): void {
    if (op === undefined) return;
    const holds = typeOfWireOp(op);
    if (!this.#options.turns.fix(op[2], holds)) return;
    this.#options.toAll({ type: 'fix-type', session, map: op[2], holds });
  }

  /** The message is decided, or will not be. */
  #finish(line: Line, isFailed: boolean): void {
    const { awaited } = line;
    line.awaited = null;
    if (line.isClosed) this.#lines.delete(line.session.id);
    if (awaited !== null) {
      if (awaited.joint !== null && awaited.joint.id !== '') this.#endJoint(awaited, awaited.joint, isFailed);
      if (awaited.isBegun) this.#options.turns.end(awaited.work);
    }
    this.#next(line);
    this.#tellIdle();
  }

  #endJoint({ members, submit }: Awaited, joint: Joint, isFailed: boolean): void {
    this.#options.ledger.endJoint(joint.id);
    if (!isFailed || joint.isSettled) return;
    for (const member of members) {
      this.#options.send(member, { type: 'settle-joint', session: submit.session, joint: joint.id, refusals: null });
    }
  }

  #next(line: Line): void {
    while (line.awaited === null) {
      const submit = line.waiting.shift();
      if (submit === undefined) return;
      this.#held.release({ session: line.session, bytes: submit.bytes });
      this.#start(line, submit);
    }
  }
}

function noteUndecided(awaited: Awaited, { batches }: Submit): void {
  for (const { replica, ops } of batches) for (const op of ops) awaited.undecided.set(placeOf(replica, op[0]), op);
}

const placeOf = (replica: ReplicaId, seq: number): string => `${replica}\0${seq}`;
