#!/usr/bin/env node
const [first, second, ...rest] = process.argv.slice(2);
if (first === 'rules' && second === 'test') {
  const { runRulesTest } = await import('../dist/adapters/rules-command.js');
  process.exitCode = await runRulesTest(rest);
} else {
  const { runServer } = await import('../dist/main.js');
  await runServer(process.argv.slice(2));
}
