import { canonicalJson } from '../primitives/canonical-json.js';
import { sameValue } from '../primitives/same-value.js';
import type { Value } from '../primitives/value.js';
import type { Resolution, Resolver } from './resolver.js';

/** A law that a resolver breaks, and with what. */
export interface BrokenLaw {
  readonly law: 'pure' | 'commutative' | 'associative' | 'idempotent';
  readonly values: readonly Value[];
}

/**
 * RS-2: looks for values with which a resolver is no merge law: all pairs and triples of those given. Empty: none was found. A resolver that refuses
 * something, or throws, is none. For an app's own tests; of some dozen values it asks some ten thousand times.
 */
export function checkResolver(resolver: Resolver, values: readonly Value[]): readonly BrokenLaw[] {
  const broken: BrokenLaw[] = [];
  const found = new Set<BrokenLaw['law']>();
  const holds = (law: BrokenLaw['law'], of: readonly Value[], a: Value | undefined, b: Value | undefined): void => {
    if (found.has(law) || (a !== undefined && b !== undefined && sameValue(a, b))) return;
    found.add(law);
    broken.push({ law, values: of });
  };
  const merge = (a: Value | undefined, b: Value | undefined): Value | undefined =>
    a === undefined || b === undefined ? undefined : valueOf(() => resolver.resolve(a, b));
  for (const a of values) {
    for (const b of values) {
      const before = canonicalJson([a, b]);
      const ab = merge(a, b);
      if (canonicalJson([a, b]) !== before) holds('pure', [a, b], null, true);
      holds('pure', [a, b], ab, merge(a, b));
      holds('commutative', [a, b], ab, merge(b, a));
      // A second delivery changes nothing: a list may still be put into order by the first.
      holds('idempotent', [a, b], merge(ab, b), ab);
      for (const c of values) holds('associative', [a, b, c], merge(ab, c), merge(a, merge(b, c)));
    }
  }
  return broken;
}

function valueOf(resolve: () => Resolution): Value | undefined {
  try {
    const resolution = resolve();
    return resolution.type === 'value' ? resolution.value : undefined;
  } catch {
    return undefined;
  }
}
