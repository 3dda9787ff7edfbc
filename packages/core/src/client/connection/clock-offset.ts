/**
 * Clocks that differ by less count as equal: the measurement is no better than the way to the server and back, and
 * re-stamping for nothing costs a transaction (CR-11).
 */
export const CLOCK_TOLERANCE_MS = 1_000;

/**
 * CR-11: what has to be added to this device's clock to get the server's, from one hello and its welcome. The
 * previous offset stays while it is still good: stamps made under one offset need no correction among themselves.
 */
export function measureOffset(sentAt: number, receivedAt: number, serverTime: number, previousMs: number): number {
  const measured = Math.round(serverTime - (sentAt + receivedAt) / 2);
  // The server spoke at some moment between the two: a slow way there or back is no proof against the old offset.
  const slack = CLOCK_TOLERANCE_MS + Math.max(0, receivedAt - sentAt) / 2;
  return Math.abs(measured - previousMs) < slack ? previousMs : measured;
}
