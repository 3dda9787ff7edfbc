/** More than one commit can have: its messages are bounded (PI-2), and no op is as short as sixteen bytes. */
const PER_COMMIT = 65_536;

/** Where an event is: the commit, and the place in it. */
export interface EventPlace {
  readonly position: number;
  readonly index: number;
}

/**
 * JO-2: the number of an event. It grows with the ledger, so it names the place where reading goes on, and nothing has to be looked up or counted for
 * it. Exact up to position 2^37.
 */
export const sequenceOf = ({ position, index }: EventPlace): number => position * PER_COMMIT + index;

export const placeOf = (sequence: number): EventPlace => ({
  position: Math.floor(sequence / PER_COMMIT),
  index: sequence % PER_COMMIT,
});

/** The number up to which whoever has read all of a commit has read. */
export const endOf = (position: number): number => sequenceOf({ position, index: PER_COMMIT - 1 });

/** The first commit that has something after this number. */
export const nextPosition = (sequence: number): number => {
  const { position, index } = placeOf(sequence);
  return index === PER_COMMIT - 1 ? position + 1 : position;
};
