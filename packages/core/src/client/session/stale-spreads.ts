import type { Environment } from '../ports/environment.js';

/** CR-4: in development, once per map, warns of a `set` that puts back what somebody else has just changed. */
export class StaleSpreads {
  readonly #log: Environment['log'];
  readonly #warnedMaps = new Set<string>();

  constructor(log: Environment['log']) {
    this.#log = log;
  }

  warn(map: string, key: string, fields: readonly string[]): void {
    if (this.#warnedMaps.has(map)) return;
    this.#warnedMaps.add(map);
    const message =
      `set("${map}", "${key}") gives ${fields.join(', ')} the value back that an edit from elsewhere has just changed. ` +
      'If it spreads a record read earlier, use update(key, previous => next), or pass that record as `base`.';
    this.#log('warn', message);
  }
}
