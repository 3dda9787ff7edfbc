import { type SyntaxNode, childrenOf } from '../source-file.js';

export interface FreeName {
  readonly name: string;
  readonly node: SyntaxNode;
  readonly parent: SyntaxNode;
}

/** Names declared by nothing in the file: what it takes from its surroundings. Types are left out. */
export function freeNames(program: SyntaxNode): FreeName[] {
  const found: FreeName[] = [];

  const visit = (node: SyntaxNode, parent: SyntaxNode, scopes: readonly ReadonlySet<string>[]): void => {
    if (node.type === 'Identifier') {
      const name = String(node['name']);
      if (!scopes.some((scope) => scope.has(name))) found.push({ name, node, parent });
      return;
    }
    if (isTypeOnly(node)) return;
    const declared = declaredBy(node);
    const inner = declared.size > 0 ? [...scopes, declared] : scopes;
    for (const child of referencing(node)) visit(child, node, inner);
  };

  visit(program, program, []);
  return found;
}

/** Nodes named TS… are types, except those that wrap an expression. */
function isTypeOnly({ type, expression }: SyntaxNode): boolean {
  if (type === 'TSInterfaceHeritage' || type === 'TSClassImplements') return true;
  return type.startsWith('TS') && expression === undefined;
}

/** The children of a node in which an identifier is a use of that name, not a label, a key or an import. */
function referencing(node: SyntaxNode): SyntaxNode[] {
  const children = childrenOf(node);
  const without = (...fields: string[]) => children.filter((child) => !fields.some((field) => node[field] === child));
  switch (node.type) {
    case 'ImportDeclaration':
    case 'ExportAllDeclaration':
    case 'MetaProperty':
    case 'BreakStatement':
    case 'ContinueStatement':
      return [];
    case 'VariableDeclaration':
      return node['declare'] === true ? [] : children;
    case 'ExportNamedDeclaration':
      return children.filter((child) => child.type !== 'ExportSpecifier');
    case 'LabeledStatement':
      return without('label');
    case 'MemberExpression':
      return node['computed'] === true ? children : without('property');
    case 'Property':
      // A shorthand is one name in two places: the value is the use.
      if (node['shorthand'] === true) return [node['value'] as SyntaxNode];
      return node['computed'] === true ? children : without('key');
    case 'PropertyDefinition':
    case 'MethodDefinition':
    case 'AccessorProperty':
      return node['computed'] === true ? children : without('key');
    default:
      return children;
  }
}

/** The names that a node declares for what lies inside it. */
function declaredBy(node: SyntaxNode): ReadonlySet<string> {
  const names = new Set<string>();
  const statements = (list: unknown) => {
    for (const statement of (list ?? []) as readonly SyntaxNode[]) declare(statement, names);
  };
  switch (node.type) {
    case 'Program':
    case 'BlockStatement':
    case 'StaticBlock':
      statements(node['body']);
      break;
    case 'SwitchStatement':
      for (const branch of node['cases'] as readonly SyntaxNode[]) statements(branch['consequent']);
      break;
    case 'ForStatement':
      declare(node['init'], names);
      break;
    case 'ForInStatement':
    case 'ForOfStatement':
      declare(node['left'], names);
      break;
    case 'CatchClause':
      bind(node['param'], names);
      break;
    case 'FunctionDeclaration':
    case 'FunctionExpression':
    case 'ArrowFunctionExpression':
      bind(node['id'], names);
      for (const parameter of node['params'] as readonly unknown[]) bind(parameter, names);
      break;
    case 'ClassDeclaration':
    case 'ClassExpression':
      bind(node['id'], names);
      break;
    default:
      break;
  }
  return names;
}

function declare(statement: unknown, names: Set<string>): void {
  const node = statement as SyntaxNode | null;
  switch (node?.type) {
    case 'ExportNamedDeclaration':
    case 'ExportDefaultDeclaration':
      declare(node['declaration'], names);
      break;
    case 'ImportDeclaration':
      for (const specifier of node['specifiers'] as readonly SyntaxNode[]) bind(specifier['local'], names);
      break;
    case 'VariableDeclaration':
      // `declare const setTimeout: …` declares a type for what is still taken from outside.
      if (node['declare'] === true) break;
      for (const declarator of node['declarations'] as readonly SyntaxNode[]) bind(declarator['id'], names);
      break;
    case 'FunctionDeclaration':
    case 'ClassDeclaration':
      bind(node['id'], names);
      break;
    default:
      break;
  }
}

/** Adds the names that a pattern binds. */
function bind(pattern: unknown, names: Set<string>): void {
  const node = pattern as SyntaxNode | null | undefined;
  switch (node?.type) {
    case 'Identifier':
      names.add(String(node['name']));
      break;
    case 'ObjectPattern':
      for (const property of node['properties'] as readonly SyntaxNode[])
        bind(property['value'] ?? property['argument'], names);
      break;
    case 'ArrayPattern':
      for (const element of node['elements'] as readonly unknown[]) bind(element, names);
      break;
    case 'AssignmentPattern':
      bind(node['left'], names);
      break;
    case 'RestElement':
      bind(node['argument'], names);
      break;
    default:
      break;
  }
}
