/** Given instead of a map, a key or a filter, it disables a hook: what it needs is not known yet. */
export type Falsy = false | null | undefined | '' | 0;
