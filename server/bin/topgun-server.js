#!/usr/bin/env node
const OPERATIONS = new Set(['backup', 'restore', 'export', 'import', 'verify', 'compact']);
const [first, second, ...rest] = process.argv.slice(2);
if (first === 'rules' && second === 'test') {
  const { runRulesTest } = await import('../dist/adapters/rules-command.js');
  process.exitCode = await runRulesTest(rest);
} else if (OPERATIONS.has(first)) {
  const { runOperation } = await import('../dist/operations/adapters/run-operation.js');
  process.exitCode = await runOperation(process.argv.slice(2));
} else {
  const { commandFile } = await import('./command-file.js');
  const file = commandFile(process.argv.slice(2), process.env, new URL('../dist/', import.meta.url));
  const { runServer } = await import(file.href);
  await runServer(process.argv.slice(2));
}
