import { canonicalText, encodeValue, type JsonValue, type Value } from '../../primitives/index.js';

/** The key of a group: the canonical text of its values. A missing one is `[]`, any other stands in a list of one. */
export function groupKey(values: readonly (Value | undefined)[]): string {
  return canonicalText(values.map((value): JsonValue => (value === undefined ? [] : [encodeValue(value)])));
}
