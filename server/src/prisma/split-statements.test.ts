import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { splitStatements } from './split-statements.js';

describe('splitting a script', () => {
  it('leaves out comments and empty statements', () => {
    expect(splitStatements(`-- a; b\nSELECT 1; ;\n/* x; y */ SELECT 2 -- end;\n`)).toEqual(['SELECT 1', 'SELECT 2']);
  });

  it('keeps semicolons, comments and quotes inside strings and names', () => {
    const statements = [`INSERT INTO "a;""b" VALUES ('it''s; -- fine', 4 - 2 / 1)`, `SELECT '/* no comment */'`];
    expect(splitStatements(`${statements.join(';\n')};`)).toEqual(statements);
  });

  it('gives back any statements that were joined', () => {
    const text = fc.string().map((content) => `'${content.replaceAll("'", "''")}'`);
    const name = fc.string().map((content) => `"${content.replaceAll('"', '""')}"`);
    const plain = fc.constantFrom('SELECT 1', 'x - y', 'a / b', '(c)');
    const statement = fc.array(fc.oneof(text, name, plain), { minLength: 1 }).map((parts) => parts.join(' '));
    const separator = fc.constantFrom(';', ';\n', '; -- note\n', ' ; /* note; */ ');
    fc.assert(
      fc.property(fc.array(fc.tuple(statement, separator)), (pairs) => {
        expect(splitStatements(pairs.flat().join(''))).toEqual(pairs.map(([each]) => each));
      }),
    );
  });

  it('refuses what it would split wrongly', () => {
    expect(() => splitStatements(`SELECT 'open`)).toThrow('inside a string');
    expect(() => splitStatements('CREATE TRIGGER t AFTER INSERT ON a BEGIN SELECT 1; END;')).toThrow('trigger');
  });
});
