/** Where a segment is: the owner's epoch, and its position in the whole log. */
export interface SegmentPlace {
  readonly epoch: number;
  readonly position: number;
}

export const LOG = 'log/';

/** As many digits as a safe number has, so that keys are in the order of numbers. */
const DIGITS = 16;

const digits = (number: number): string => String(number).padStart(DIGITS, '0');

/** The segments of one owner. */
export const epochPrefix = (epoch: number): string => `${LOG}${digits(epoch)}/`;

/** In the order of these keys segments are in the order of the log. */
export const segmentKey = ({ epoch, position }: SegmentPlace): string => `${epochPrefix(epoch)}${digits(position)}`;

/** Throws for a key that is none of a segment. */
export function segmentPlace(key: string): SegmentPlace {
  const found = /^log\/(\d{16})\/(\d{16})$/.exec(key);
  if (found === null) throw new Error(`${key} is not TopGun's`);
  return { epoch: Number(found[1]), position: Number(found[2]) };
}
