import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { isPlainObject } from '@topgun/core/primitives';
import { runRuleCases, type RuleCase, type RuleCoverage, type RuleFailure, type Rules } from '@topgun/core/rules';
import { Command } from 'commander';

/**
 * `topgun-server rules test <file>`: a module that exports `rules` and `cases`. Prints the cases that went otherwise, and of each rule whether
 * cases asked it. Returns the exit code: 1 for a case that failed, and with `--require-coverage` for a rule that was not covered.
 */
export async function runRulesTest(
  argv: readonly string[],
  print: (line: string) => void = console.log,
): Promise<number> {
  const command = new Command('topgun-server rules test')
    .description('Puts cases to rules. The module exports rules, by defineRules, and cases, a list.')
    .argument('<file>', 'the module')
    .option('--require-coverage', 'fail when a rule has not both granted and refused something')
    .parse([...argv], { from: 'user' });
  const tested = await load(command.args[0]!);
  if (typeof tested === 'string') {
    print(tested);
    return 1;
  }
  const { failures, coverage } = runRuleCases(tested.rules, tested.cases);
  for (const failure of failures) print(`✗ ${failureLine(failure)}`);
  const width = Math.max(0, ...coverage.map(({ rule }) => rule.length));
  for (const each of coverage) print(`${each.isCovered ? '✓' : '·'} ${each.rule.padEnd(width)}  ${countsOf(each)}`);
  const open = coverage.filter(({ isCovered }) => !isCovered).length;
  print(
    `${tested.cases.length - failures.length} of ${tested.cases.length} cases as expected; ${coverage.length - open} of ${coverage.length} rules covered.`,
  );
  const isOpenTooMuch = command.opts<{ requireCoverage?: boolean }>().requireCoverage === true && open > 0;
  return failures.length > 0 || isOpenTooMuch ? 1 : 0;
}

interface Tested {
  readonly rules: Rules;
  readonly cases: readonly RuleCase[];
}

/** Or a sentence about what is wrong. */
async function load(file: string): Promise<Tested | string> {
  let module: { readonly rules?: unknown; readonly cases?: unknown };
  try {
    module = (await import(pathToFileURL(resolve(file)).href)) as typeof module;
  } catch (error) {
    return `${file} cannot be loaded: ${error instanceof Error ? error.message : String(error)}`;
  }
  const { rules, cases } = module;
  const isRules = isPlainObject(rules) && typeof rules['for'] === 'function' && Array.isArray(rules['written']);
  if (!isRules) return `${file} exports no rules: they are what defineRules returns.`;
  if (!Array.isArray(cases) || cases.length === 0) return `${file} exports no cases: they are a list.`;
  return { rules: rules as unknown as Rules, cases: cases as readonly RuleCase[] };
}

function failureLine({ case: { name, as, action, map, key, expect, by: wanted }, said, by }: RuleFailure): string {
  const who = typeof as?.['sub'] === 'string' ? as['sub'] : 'nobody';
  const what = name ?? `${who}: ${action} in ${map}${key === undefined ? '' : ` of ${key}`}`;
  const how =
    (by.length === 0 ? said : `${said} by ${by.join(', ')}`) + (wanted === undefined ? '' : `, not by ${wanted}`);
  return said === expect
    ? `${what}: ${how}`
    : `${what}: was to be ${expect}, is ${by.length === 0 ? said : `${said} by ${by.join(', ')}`}`;
}

const countsOf = ({ granted, refused }: RuleCoverage): string =>
  granted + refused === 0 ? 'never asked' : `granted ${granted}, refused ${refused}`;
