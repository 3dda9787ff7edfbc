import { type SourceFile, type SyntaxNode, walk } from '../source-file.js';

export interface SpecPage {
  readonly path: string;
  readonly text: string;
}

const unproven = '(no test yet)';

/**
 * Every rule of the specification is named by a test, or says openly that it is not; and says so no longer once it is.
 * A rule begins a list item, a heading, a table row or a paragraph with its id: `- **CR-4** …`.
 */
export function untestedRules(pages: readonly SpecPage[], tests: readonly SourceFile[]): string[] {
  const tested = new Set(tests.flatMap(testedIds));
  const rules = pages.flatMap(rulesOf);
  const twice = rules.filter(({ id }, index) => rules.findIndex((other) => other.id === id) !== index);
  return [
    ...twice.map(({ path, id }) => `${path}: ${id} is stated a second time`),
    ...rules
      .filter(({ id, text }) => !tested.has(id) && !text.includes(unproven))
      .map(({ path, id }) => `${path}: no test names ${id}; write one, or mark the rule ${unproven}`),
    ...rules
      .filter(({ id, text }) => tested.has(id) && text.includes(unproven))
      .map(({ path, id }) => `${path}: ${id} is marked ${unproven}, and a test names it`),
  ];
}

function rulesOf({ path, text }: SpecPage): { path: string; id: string; text: string }[] {
  const rules: { path: string; id: string; text: string }[] = [];
  for (const line of text.split('\n')) {
    const id = /^(?:\s*[-*]\s+|#+\s+|\|\s*)?(?:\*\*)?([A-Z]{2,3}-\d+)\b/.exec(line)?.[1];
    if (id !== undefined) rules.push({ path, id, text: line });
    else if (rules.length > 0) rules[rules.length - 1]!.text += `\n${line}`;
  }
  return rules;
}

/** Ids in the names of tests, not in their comments: `CR-3: …`, `CR-3, CR-5: …`. */
function testedIds({ program }: SourceFile): string[] {
  const ids: string[] = [];
  walk(program, (node) => {
    if (node.type !== 'CallExpression' || !isTestCall(node['callee'] as SyntaxNode)) return;
    const name = (node['arguments'] as readonly SyntaxNode[])[0];
    if (name !== undefined) ids.push(...(textOf(name).match(/\b[A-Z]{2,3}-\d+\b/g) ?? []));
  });
  return ids;
}

/** `test`, `it`, `describe`, and what hangs on them: `it.each(…)`, `test.describe`. */
function isTestCall(callee: SyntaxNode): boolean {
  if (callee.type === 'Identifier') return /^(test|it|describe)$/.test(String(callee['name']));
  if (callee.type === 'MemberExpression') return isTestCall(callee['object'] as SyntaxNode);
  if (callee.type === 'CallExpression') return isTestCall(callee['callee'] as SyntaxNode);
  return false;
}

function textOf(node: SyntaxNode): string {
  if (node.type === 'Literal') return String(node['value']);
  if (node.type !== 'TemplateLiteral') return '';
  return (node['quasis'] as readonly { readonly value: { readonly raw: string } }[])
    .map(({ value }) => value.raw)
    .join(' ');
}
