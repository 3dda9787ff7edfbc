import pg from 'pg';

/** The tables by their full names: nothing depends on a connection's search path. */
export interface Tables {
  readonly owner: string;
  readonly segment: string;
  readonly record: string;
  readonly progress: string;
  readonly snapshot: string;
  readonly snapshotHead: string;
  readonly snapshotProgress: string;
}

export function tablesIn(schema: string): Tables {
  const named = (table: string): string => `${pg.escapeIdentifier(schema)}.${table}`;
  return {
    owner: named('ledger_owner'),
    segment: named('ledger_segment'),
    record: named('record'),
    progress: named('cold_progress'),
    snapshot: named('partition_snapshot'),
    snapshotHead: named('snapshot_head'),
    snapshotProgress: named('snapshot_progress'),
  };
}
