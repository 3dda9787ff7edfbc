// Who takes part in `group` and `join`. RxDB does not: its queries have neither groups nor joins.

export const derivedSubjects = {
  floor: () => import('./plain-map.mjs'),
  topgun: () => import('./topgun.mjs'),
  'topgun engine': () => import('./topgun-engine.mjs'),
  '@tanstack/db': () => import('./tanstack-db.mjs'),
  tinybase: () => import('./tinybase.mjs'),
};
