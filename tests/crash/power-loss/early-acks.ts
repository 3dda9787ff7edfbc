/** Where, in the trace, the ack of the op with this mark leaves: the line of the first thing that is said after it was written. -1: nowhere. */
export function ackLine(trace: readonly string[], mark: string): number {
  const written = writtenLine(trace, mark);
  return written < 0 ? -1 : trace.findIndex((line, i) => i > written && isSaid(line));
}

const writtenLine = (trace: readonly string[], mark: string): number =>
  trace.findIndex((line) => /pwrite64\(\d+<[^>]*-wal>/.test(line) && line.includes(mark));

const isSaid = (line: string): boolean => / (write|writev|sendto|sendmsg)\(\d+<(socket|TCP)/.test(line);

/**
 * Of a server that `strace` has followed, the marks whose ack left it before the log that holds them was synced. A mark is text that
 * occurs in one op; ops were sent one by one, so what goes out after the mark was written is its ack.
 *
 * A call of one thread may be cut into two lines by another's: a write counts from where it begins, a sync from where it has ended.
 */
export function earlyAcks(trace: readonly string[], marks: readonly string[]): string[] {
  return marks.filter((mark) => {
    const written = writtenLine(trace, mark);
    if (written < 0) return true;
    const syncing = new Set<string>();
    for (const line of trace.slice(written + 1)) {
      const thread = /^\d+/.exec(line)?.[0] ?? '';
      if (/ (fdatasync|fsync)\(\d+<[^>]*-wal>\) += 0/.test(line)) return false;
      if (/ (fdatasync|fsync)\(\d+<[^>]*-wal> <unfinished/.test(line)) syncing.add(thread);
      if (/<\.\.\. (fdatasync|fsync) resumed>\) += 0/.test(line) && syncing.has(thread)) return false;
      if (isSaid(line)) return true;
    }
    return true;
  });
}
