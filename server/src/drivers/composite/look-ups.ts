import { partitionOf, type Hash64 } from '@topgun/core/primitives';
import { NO_SESSION, type HostCommand } from '../../ports/partition-host.js';
import type { CallEvent, Found, LookUp } from '../../ports/joint-calls.js';
import { pinnedKeys } from '../../services/query/pinned-keys.js';

export interface LookUpsOptions {
  readonly hash: Hash64;
  readonly members: number;
  readonly memberOf: (partition: number) => number;
  readonly send: (member: number, command: HostCommand) => void;
}

/** A question of which not all have been heard. */
interface Open {
  /** Who has not answered, and which of the things they were asked for. */
  readonly missing: Map<number, readonly number[]>;
  readonly found: Found[];
}

type Asking = Extract<CallEvent, { type: 'look-up' }>;
type Answer = Extract<CallEvent, { type: 'looked-up' }>;

/** PR-8: what one host wants to see of records that others have: asks those, and puts together what they say. */
export class LookUps {
  readonly #options: LookUpsOptions;
  readonly #open = new Map<string, Open>();

  constructor(options: LookUpsOptions) {
    this.#options = options;
  }

  ask(asker: number, { id, lookUps }: Asking): void {
    const { send } = this.#options;
    /** By host, the numbers of the questions that are for it. */
    const byMember = new Map<number, number[]>();
    for (const [i, lookUp] of lookUps.entries()) {
      for (const member of this.#membersOf(lookUp)) {
        if (member !== asker) byMember.set(member, [...(byMember.get(member) ?? []), i]);
      }
    }
    this.#open.set(placeOf(asker, id), { missing: byMember, found: lookUps.map(() => []) });
    for (const [member, numbers] of byMember) {
      const own = numbers.map((i) => lookUps[i]!);
      send(member, { type: 'look-up', session: NO_SESSION, asker, id, lookUps: own });
    }
    if (byMember.size === 0) this.#tell(asker, id, []);
  }

  answered(member: number, { asker, found, id }: Answer): void {
    const open = this.#open.get(placeOf(asker, id));
    const numbers = open?.missing.get(member);
    if (open === undefined || numbers === undefined) return;
    open.missing.delete(member);
    if (found === null) {
      this.#tell(asker, id, null);
      return;
    }
    for (const [i, number] of numbers.entries()) {
      const [before, more] = [open.found[number]!, found[i]!];
      open.found[number] = before === null || more === null ? null : [...before, ...more];
    }
    if (open.missing.size === 0) this.#tell(asker, id, open.found);
  }

  #tell(asker: number, id: number, found: readonly Found[] | null): void {
    this.#open.delete(placeOf(asker, id));
    this.#options.send(asker, { type: 'found', session: NO_SESSION, id, found });
  }

  #membersOf(lookUp: LookUp): readonly number[] {
    const { hash, memberOf, members } = this.#options;
    if (lookUp.type === 'record') return [memberOf(lookUp.partition)];
    const keys = pinnedKeys(lookUp.query.where);
    if (keys === null) return Array.from({ length: members }, (_, member) => member);
    return [...new Set(Array.from(keys, (key) => memberOf(partitionOf(hash, lookUp.map, key))))];
  }
}

const placeOf = (asker: number, id: number): string => `${asker}/${id}`;
