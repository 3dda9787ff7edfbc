/** Where a counter lives. */
export interface CounterPlace {
  readonly map: string;
  readonly key: string;
}

/** CR-7: the counter `likes:1` is key `1` of map `likes`; without a colon the key is empty. The first colon counts: keys may hold more. Checks neither. Pure. */
export function counterPlaceOf(name: string): CounterPlace {
  const colon = name.indexOf(':');
  return colon === -1 ? { map: name, key: '' } : { map: name.slice(0, colon), key: name.slice(colon + 1) };
}
