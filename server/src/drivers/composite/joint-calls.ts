import { partitionOf, type Hash64 } from '@topgun/core/primitives';
import type { MapType } from '@topgun/core/crdt';
import { NO_SESSION, type HostCommand, type HostEvent } from '../../ports/partition-host.js';
import type { CallEvent, CallPart, JointCallOutcome } from '../../ports/joint-calls.js';
import { Lanes } from '../../services/procedures/lanes.js';
import type { JointTurns, JointWork } from './joint-turns.js';
import type { SharedLedger } from './shared-ledger.js';

type Proposal = Extract<CallEvent, { type: 'propose-call' }>;

export interface JointCallsOptions {
  readonly hash: Hash64;
  readonly members: number;
  readonly memberOf: (partition: number) => number;
  readonly turns: JointTurns;
  readonly ledger: Pick<SharedLedger, 'expectJoint' | 'endJoint'>;
  readonly send: (member: number, command: HostCommand) => void;
  readonly toAll: (command: HostCommand) => void;
}

/** A call over several hosts, which has its turn. */
interface Joint {
  readonly id: string;
  readonly home: number;
  readonly proposal: Proposal;
  readonly work: JointWork;
  readonly parts: ReadonlyMap<number, CallPart>;
  /** Who has not said whether its part can be taken. */
  readonly untried: Set<number>;
  /** Whose part is not over. */
  readonly open: Set<number>;
  /** A host that has a part has other records by now than the call has read. */
  isConflict: boolean;
  isWritten: boolean;
}

/**
 * PR-9: calls that have read or written records of several hosts. Each host looks at its part when the turn of that has come, and stages nothing behind it: so there is a moment at which
 * everything that was read is still so everywhere, and at that moment the call is staged in all of them, or in none.
 */
export class JointCalls {
  readonly #options: JointCallsOptions;
  readonly #joints = new Map<string, Joint>();
  readonly #lanes = new Lanes();
  readonly #inLanes = new Map<string, () => void>();
  #last = 0;

  constructor(options: JointCallsOptions) {
    this.#options = options;
  }

  /** PR-3: of all hosts one call of a procedure after the other runs again. */
  async enterLane(member: number, { id, name }: Extract<CallEvent, { type: 'enter-lane' }>): Promise<void> {
    const leave = await this.#lanes.enter(name);
    this.#inLanes.set(`${member}/${id}`, leave);
    this.#options.send(member, { type: 'lane-entered', session: NO_SESSION, id });
  }

  leaveLane(member: number, { id }: Extract<CallEvent, { type: 'leave-lane' }>): void {
    this.#inLanes.get(`${member}/${id}`)?.();
    this.#inLanes.delete(`${member}/${id}`);
  }

  propose(home: number, proposal: Proposal): void {
    const { typed } = this.#options.turns;
    const maps = new Set(proposal.maps.map(([map]) => map).filter((map) => !typed.has(map)));
    this.#begin(home, proposal, { isJoint: true, maps });
  }

  /** False: it is none of these. */
  tried(member: number, { joint: id, parts }: Pick<Extract<HostEvent, { type: 'tried' }>, 'joint' | 'parts'>): boolean {
    const joint = this.#joints.get(id);
    if (joint === undefined) return false;
    const { ledger, send } = this.#options;
    joint.isConflict ||= parts === null;
    joint.untried.delete(member);
    if (joint.untried.size > 0) return true;
    const { isConflict, open, proposal } = joint;
    if (!isConflict && proposal.isWriting) ledger.expectJoint(id, new Set(joint.parts.keys()));
    for (const one of open) {
      send(one, { type: 'settle-joint', session: NO_SESSION, joint: id, refusals: isConflict ? null : [] });
    }
    return true;
  }

  ended(member: number, { isWritten, joint: id }: Extract<CallEvent, { type: 'call-part-ended' }>): void {
    const joint = this.#joints.get(id);
    if (joint === undefined) return;
    const { ledger } = this.#options;
    // The other parts must not be written either.
    if (!isWritten) {
      joint.isWritten = false;
      ledger.endJoint(id);
    }
    joint.open.delete(member);
    if (joint.untried.has(member)) this.tried(member, { joint: id, parts: null });
    if (joint.open.size === 0) this.#settle(joint);
  }

  #begin(home: number, proposal: Proposal, work: JointWork): void {
    const { send, turns } = this.#options;
    if (!turns.begin(work, () => this.#begin(home, proposal, work))) return;
    this.#last += 1;
    const id = `c${this.#last}`;
    const parts = this.#partsOf(home, proposal.part);
    const members = [...parts.keys()];
    const joint: Joint = {
      id,
      home,
      proposal,
      work,
      parts,
      untried: new Set(members),
      open: new Set(members),
      isConflict: false,
      isWritten: true,
    };
    this.#joints.set(id, joint);
    const { call, identity, isWriting } = proposal;
    for (const [member, part] of parts) {
      const own = member === home ? call : null;
      send(member, { type: 'try-call', session: NO_SESSION, joint: id, call: own, part, identity, isWriting });
    }
  }

  #settle({ home, id, isConflict, isWritten, proposal, work }: Joint): void {
    const { ledger, send, toAll, turns } = this.#options;
    this.#joints.delete(id);
    ledger.endJoint(id);
    if (isWritten) for (const [map, holds] of proposal.maps) this.#fixType(map, holds, toAll);
    const outcome = outcomeOf(isConflict, isWritten);
    send(home, { type: 'call-settled', session: NO_SESSION, call: proposal.call, outcome });
    turns.end(work);
  }

  #fixType(map: string, holds: MapType, toAll: JointCallsOptions['toAll']): void {
    if (this.#options.turns.fix(map, holds)) toAll({ type: 'fix-type', session: NO_SESSION, map, holds });
  }

  /** What of a call is of each host; whoever has run it is the first of them. */
  #partsOf(home: number, part: CallPart): ReadonlyMap<number, CallPart> {
    const { hash, memberOf, members } = this.#options;
    const parts = new Map<number, CallPart>();
    for (let i = 0; i < members; i += 1) {
      const member = (home + i) % members;
      const isOwn = ({ partition }: { readonly partition: number }): boolean => memberOf(partition) === member;
      const own: CallPart = {
        ...part,
        reads: part.reads.filter(isOwn),
        writes: part.writes.filter(isOwn),
        // What others have would have met it too.
        queries: part.queries.map((query) => ({
          ...query,
          found: new Map([...query.found].filter(([key]) => memberOf(partitionOf(hash, query.map, key)) === member)),
        })),
      };
      const isPart = member === home || own.reads.length + own.writes.length + own.queries.length > 0;
      if (isPart) parts.set(member, own);
    }
    return parts;
  }
}

const outcomeOf = (isConflict: boolean, isWritten: boolean): JointCallOutcome => {
  if (isConflict) return 'conflict';
  return isWritten ? 'written' : 'failed';
};
