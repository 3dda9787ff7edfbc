/** Something in a database that is not as it should be: a sentence that says where. */
export interface Finding {
  readonly code:
    /** A segment is missing, or is there twice. */
    | 'ledger-gap'
    /** The log begins later than the snapshots end, or at nothing. */
    | 'ledger-start'
    /** A segment is not what this version, or any, wrote, or lies in another's place. */
    | 'segment-damaged'
    /** A segment was written by an owner that had been replaced, or under a claim that nobody has made. */
    | 'segment-epoch'
    /** A segment is of another history. */
    | 'segment-lineage'
    /** The log cannot be done again at this segment. */
    | 'segment-replay'
    /** A snapshot is not what this version, or any, wrote. */
    | 'snapshot-damaged'
    /** A snapshot lies under another partition or position than its own, or is of something later than the ledger's end. */
    | 'snapshot-place'
    /** A record is in a partition that its key does not belong to. */
    | 'record-misplaced'
    /** What the log says up to the snapshot's position is not in it. */
    | 'snapshot-lacks'
    /** A record has no row. */
    | 'row-missing'
    /** A row has no record. */
    | 'row-extra'
    /** A row's stamps and registers are not the record's. */
    | 'row-differs'
    /** A row's value is not what its own stamps and registers say. */
    | 'row-value'
    /** A row or the cold store's progress is of something later than the ledger's end. */
    | 'row-ahead'
    /** The roots of a map's two Merkle trees differ, though no record of it was found to. */
    | 'roots-differ';
  readonly message: string;
}
