import { auth, defineRules, hasRole } from '../../packages/core/dist/rules/index.js';

const own = { where: { owner: auth.sub } };
const map = {
  read: [own, hasRole('admin')],
  create: own,
  update: own,
  remove: own,
  fields: { pay: { write: hasRole('hr') } },
};

/** So many rules: five to a map, every third map by a pattern. `team/todos` is the one that is written, found by the last pattern. */
export function rulesOf(count) {
  const maps = Array.from({ length: count / 5 - 1 }, (_, i) => [i % 3 === 0 ? `other-${i}/*` : `other-${i}`, map]);
  return defineRules(Object.fromEntries([...maps, ['team/*', map]]));
}
