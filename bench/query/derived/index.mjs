// Who takes part in `group` and `join`. RxDB does not: its queries have neither groups nor joins.

/** The client of TopGun does, once its queries take `groupBy` and `include`: to be added here as `topgun`. */
export const derivedSubjects = {
  floor: () => import('./plain-map.mjs'),
  'topgun engine': () => import('./topgun-engine.mjs'),
  '@tanstack/db': () => import('./tanstack-db.mjs'),
  tinybase: () => import('./tinybase.mjs'),
};
