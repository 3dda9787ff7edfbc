import { canonicalJson, type Value } from '../../primitives/index.js';

/** What related rows are found by: the canonical text of the value. Neither a missing value nor `null` relates to anything. */
export function valueText(value: Value | undefined): string | null {
  return value === undefined || value === null ? null : canonicalJson(value);
}
