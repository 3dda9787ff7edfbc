import { err, ok, type Result } from '../../primitives/index.js';
import { parsePath, wrongType } from './parse-parts.js';
import type { QueryError, QueryErrorPath } from './query-error.js';
import { QUERY_LIMITS } from './query-limits.js';
import type { Aggregate, GroupBy } from '../query.js';
import { checkGroupPath, nameTaken, readShownName } from './group-names.js';
import { isAggregateFunction } from './parse-groups.js';
import { exactMembers, listOf } from './validate-parts.js';

/** Checks what claims to be the groups of a canonical query. */
export function validateGroups(input: unknown, at: QueryErrorPath): Result<GroupBy, QueryError> {
  const members = exactMembers(input, at, ['by', 'aggregates']);
  if (!members.ok) return members;
  const by = listOf(members.value['by'], [...at, 'by'], QUERY_LIMITS.groupPaths, (item, place) => {
    const path = parsePath(item, place);
    return path.ok ? checkGroupPath(path.value, place) : path;
  });
  if (!by.ok) return by;
  const taken = new Set(by.value.map(([first]) => first as string));
  const place = [...at, 'aggregates'];
  const aggregates = listOf(members.value['aggregates'], place, QUERY_LIMITS.aggregates, (item, itemAt) => {
    const aggregate = validateAggregate(item, itemAt);
    if (!aggregate.ok) return aggregate;
    const [name] = aggregate.value;
    if (taken.has(name)) return nameTaken(itemAt, name);
    taken.add(name);
    return aggregate;
  });
  return aggregates.ok ? ok({ by: by.value, aggregates: aggregates.value }) : aggregates;
}

function validateAggregate(input: unknown, at: QueryErrorPath): Result<Aggregate, QueryError> {
  if (!Array.isArray(input) || input.length !== 3) return wrongType(at, 'a list of name, function and path');
  const [given, fn, place] = input as readonly unknown[];
  const name = readShownName(given, [...at, 0]);
  if (!name.ok) return name;
  if (typeof fn !== 'string') return wrongType([...at, 1], 'the name of a function');
  if (!isAggregateFunction(fn)) return err({ code: 'unknown-operator', path: [...at, 1], operator: fn });
  if (place === null && fn === 'count') return ok([name.value, fn, null]);
  const path = parsePath(place, [...at, 2]);
  return path.ok ? ok([name.value, fn, path.value]) : path;
}
