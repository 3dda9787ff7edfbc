/**
 * How far several hosts together are with something that each does for its own part of the log: as far as the one that is least far. A host that is through with
 * all it has a part in is as far as the log. Invariant: it never goes back.
 */
export class JointProgress {
  /** Up to where each is, as far as it has said; and the last commit that it has a part in. */
  readonly #members: Reached[];
  #position: number;

  /** `through`: how far it was for all; `position`: where the log stands. Until a host says otherwise it may have a part in any commit in between. */
  constructor(members: number, through: number, position: number) {
    this.#members = Array.from({ length: members }, () => ({ through, last: position }));
    this.#position = position;
  }

  /** These have a part in the commit at this position. */
  committed(position: number, members: readonly number[]): void {
    for (const index of new Set(members)) {
      const member = this.#members[index]!;
      if (member.through >= member.last) member.through = position - 1;
      member.last = position;
    }
    this.#position = position;
  }

  /** The host is through up to here. */
  reached(index: number, through: number): void {
    const member = this.#members[index]!;
    member.through = Math.max(member.through, through);
  }

  /** How far all would be if this one were. */
  ifReached(index: number, through: number): number {
    const member = this.#members[index]!;
    return (
      slowestOf(this.#members.with(index, { ...member, through: Math.max(member.through, through) }))?.through ??
      this.#position
    );
  }

  /** Who holds up the others most, and how far it is; `null`: all are as far as the log. */
  get slowest(): { readonly member: number; readonly through: number } | null {
    return slowestOf(this.#members);
  }

  get through(): number {
    return this.slowest?.through ?? this.#position;
  }
}

interface Reached {
  through: number;
  last: number;
}

function slowestOf(
  members: readonly Readonly<Reached>[],
): { readonly member: number; readonly through: number } | null {
  let found: { member: number; through: number } | null = null;
  for (const [member, { last, through }] of members.entries()) {
    if (through < last && (found === null || through < found.through)) found = { member, through };
  }
  return found;
}
