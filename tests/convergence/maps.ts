/** Maps of last-writer-wins records. */
export const RECORD_MAPS = ['todos', 'notes'] as const;

export const SET_MAP = 'tags';

/** A counter that only grows. */
export const GROWING_MAP = 'likes';
/** One that goes both ways. */
export const BALANCE_MAP = 'scores';

/** Records that procedures alone write. */
export const TALLY_MAP = 'tallies';

/** All that these apps write to, or have written. */
export const MAPS = [...RECORD_MAPS, SET_MAP, GROWING_MAP, BALANCE_MAP, TALLY_MAP] as const;
