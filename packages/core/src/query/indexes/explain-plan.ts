import { assertNever } from '../../primitives/index.js';
import type { Path } from '../query.js';
import type { Access, RelatedAccess } from './access.js';
import type { Plan } from './plan-query.js';

/** How a query got at its records, in plain data. */
export interface PlanExplanation {
  readonly access: Access['type'];
  /** What was used of the map's indexes, each once. Empty when every record was looked at, or the keys said it all. */
  readonly indexes: readonly { readonly type: 'hash' | 'ordered'; readonly path: Path }[];
  /** How many records there were. */
  readonly records: number;
  /** How many of them were looked at, at most. */
  readonly candidates: number;
  /** How the related records of a query with `include` are found, parents before what is related to them. */
  readonly related?: readonly RelatedExplanation[];
}

export interface RelatedExplanation extends Pick<PlanExplanation, 'indexes' | 'records'> {
  /** The names of the relations that lead to it. */
  readonly name: readonly string[];
  readonly map: string;
  readonly access: RelatedAccess;
}

export function explainPlan({ access, candidates }: Plan, records: number): PlanExplanation {
  return { access: access.type, indexes: indexesOf(access), records, candidates };
}

function indexesOf(access: Access): PlanExplanation['indexes'] {
  switch (access.type) {
    case 'hash':
      return [{ type: 'hash', path: access.path }];
    case 'range':
    case 'order':
      return [{ type: 'ordered', path: access.path }];
    case 'union': {
      const byName = new Map(access.of.flatMap(indexesOf).map((index) => [JSON.stringify(index), index]));
      return [...byName.values()];
    }
    case 'nothing':
    case 'keys':
    case 'scan':
      return [];
    default:
      return assertNever(access);
  }
}
