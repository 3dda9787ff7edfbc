import { describe, expect, it } from 'vitest';

import { planMigrations, type AppliedMigration, type Migration } from './migration-plan.js';

const migration = (name: string): Migration => ({ name, sql: `-- ${name}`, checksum: `sum of ${name}` });
const available = ['0001_init', '0002_more', '0003_last'].map(migration);
const applied = (name: string, part: Partial<AppliedMigration> = {}): AppliedMigration => ({
  name,
  checksum: `sum of ${name}`,
  finished: true,
  rolledBack: false,
  ...part,
});

const pendingNames = (rows: readonly AppliedMigration[] | null, otherTables = rows !== null): unknown => {
  const plan = planMigrations(available, rows, otherTables, '/x.db');
  return plan.ok ? plan.value.map(({ name }) => name) : plan.error.code;
};

describe('a migration plan', () => {
  it('is what the database lacks, in order', () => {
    expect(pendingNames(null)).toEqual(['0001_init', '0002_more', '0003_last']);
    expect(pendingNames([])).toEqual(['0001_init', '0002_more', '0003_last']);
    expect(pendingNames([applied('0001_init')])).toEqual(['0002_more', '0003_last']);
    expect(pendingNames(available.map(({ name }) => applied(name)))).toEqual([]);
  });

  it('counts a migration that was rolled back as not applied', () => {
    expect(pendingNames([applied('0001_init', { finished: false, rolledBack: true })])).toHaveLength(3);
  });

  it('refuses databases it does not know', () => {
    expect(pendingNames(null, true)).toBe('foreign');
    expect(pendingNames([applied('20240101_shop')])).toBe('foreign');
    expect(pendingNames([...available.map(({ name }) => applied(name)), applied('0004_newer')])).toBe('newer-schema');
  });

  it('refuses what was changed, left half-way or applied out of order', () => {
    expect(pendingNames([applied('0001_init', { checksum: 'another' })])).toBe('migration-mismatch');
    expect(pendingNames([applied('0001_init', { finished: false })])).toBe('migration-mismatch');
    expect(pendingNames([applied('0001_init'), applied('0003_last')])).toBe('migration-mismatch');
  });

  it('says which file and which migration', () => {
    const plan = planMigrations(available, [applied('0001_init'), applied('0009_future')], true, '/data/x.db');
    expect(plan.ok ? '' : plan.error.message).toMatch(/\/data\/x\.db.*0009_future/);
  });
});
