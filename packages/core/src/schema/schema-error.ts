import { TopGunError } from '../primitives/index.js';
import type { SchemaIssue } from './schema-types.js';

/** A write that the schema of its map refuses: thrown at the call, before anything of it has happened. */
export class SchemaError extends TopGunError<'schema-violation'> {
  readonly map: string;
  readonly key: string;
  /** At least one. */
  readonly issues: readonly SchemaIssue[];

  constructor(map: string, key: string, issues: readonly SchemaIssue[]) {
    super('schema-violation', schemaViolationText(map, issues));
    this.name = 'SchemaError';
    this.map = map;
    this.key = key;
    this.issues = issues;
  }

  /** The first field that is wrong; `null`: it is the record as a whole. */
  get field(): string | null {
    return this.issues[0]?.field ?? null;
  }
}

/** Why a write is refused, as a sentence; the code is `schema-violation` everywhere. */
export function schemaViolationText(map: string, issues: readonly SchemaIssue[]): string {
  const said = issues.map(
    ({ path, reason }) => `${path === '$' ? 'the record' : path.replace(/^\$\.?/, '')}: ${reason}`,
  );
  return `The schema of ${map} refuses this: ${said.join('; ')}.`;
}
