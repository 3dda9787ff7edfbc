import { fetchedOnce } from './fetched-once.js';

/** The code of an index that is kept on the page: most apps never need it. */
export const fetchPageHost = fetchedOnce(() => import('./local-host.js'));
