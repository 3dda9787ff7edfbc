import type { SnapshotMark } from '../layout/snapshot-head.js';
import { SnapshotWriter } from '../layout/snapshot-layout.js';
import type { CapturedPartition } from '../persistence/snapshot-taker.js';
import type { GridState } from './grid-state.js';

/** Records of one piece of work: about a millisecond. */
const RECORDS = 400;

/** PI-13: a partition as it is at this moment, which is that of the commit at `position`. Costs a look at each record; the rest is done bit by bit. */
export function capturePartition(
  state: GridState,
  place: { readonly partition: number; readonly position: number; readonly lineage: string },
  marks: readonly SnapshotMark[],
): CapturedPartition {
  const { partition, position } = place;
  const maps = state.capture(partition);
  const writer = new SnapshotWriter({
    ...place,
    forgottenThrough: state.forgottenThrough,
    types: new Map(state.mapTypes),
    progress: state.progressOf(partition),
    marks,
  });
  let next = 0;
  let isInMap = false;
  return {
    partition,
    position,
    write() {
      const map = maps[next];
      if (map === undefined) return writer.finish();
      const [name, write] = map;
      if (!isInMap) writer.section(name);
      isInMap = write(writer, RECORDS);
      if (!isInMap) next += 1;
      return null;
    },
  };
}
