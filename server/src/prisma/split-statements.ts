/**
 * The statements of an SQL script, for a driver that takes one at a time inside a transaction. Knows strings, quoted
 * names and comments. Does not know `BEGIN … END` bodies: a migration with a trigger is refused by throwing.
 */
export function splitStatements(script: string): readonly string[] {
  // A string, a quoted name or a comment is one piece; so is everything between pieces and semicolons.
  const pieces = script.match(/'(?:[^']|'')*'|"(?:[^"]|"")*"|--[^\n]*|\/\*[\s\S]*?\*\/|;|[^'"\-/;]+|[-/]|['"]/g) ?? [];
  const statements: string[] = [];
  let current = '';
  for (const piece of pieces) {
    if (piece === "'" || piece === '"') throw new Error('the script ends inside a string');
    if (piece.startsWith('--') || piece.startsWith('/*')) continue;
    if (piece !== ';') {
      current += piece;
      continue;
    }
    if (current.trim() !== '') statements.push(current.trim());
    current = '';
  }
  if (current.trim() !== '') statements.push(current.trim());
  for (const statement of statements) {
    if (/^create\s+(temp\s+|temporary\s+)?trigger\b/i.test(statement)) {
      throw new Error('a script with a trigger cannot be split');
    }
  }
  return statements;
}
