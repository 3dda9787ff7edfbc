import type { ServerHooks } from './server-hooks.js';

const CALLED = ['beforeOp', 'afterOp', 'onConnection', 'onDisconnect'] as const;

/** What is wrong with hooks; `null`: nothing. A hook that is none would be missed only when it is to be called. */
export function hooksFault(hooks: ServerHooks): string | null {
  for (const name of Object.keys(hooks)) {
    if (name === 'timeoutMs') continue;
    if (!(CALLED as readonly string[]).includes(name)) return `there is no hook ${name}`;
    if (typeof hooks[name as (typeof CALLED)[number]] !== 'function') return `${name} is a function`;
  }
  const { timeoutMs = 1 } = hooks;
  return Number.isSafeInteger(timeoutMs) && timeoutMs >= 1 ? null : 'timeoutMs is a whole number of milliseconds';
}
