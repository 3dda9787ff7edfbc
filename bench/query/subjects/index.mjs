// Those that are measured by both, pages and processes. All but TopGun are the subjects of the suite `local`.

export const subjects = {
  floor: () => import('../../local/subjects/plain-map.mjs'),
  topgun: () => import('./topgun.mjs'),
  '@tanstack/db': () => import('../../local/subjects/tanstack-db.mjs'),
  tinybase: () => import('../../local/subjects/tinybase.mjs'),
  rxdb: () => import('../../local/subjects/rxdb.mjs'),
};
