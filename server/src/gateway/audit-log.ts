import type { AuditEntry, AuditEventName, AuditLog } from '../ports/audit-log.js';
import type { Clock } from '../ports/environment.js';
import { Accounts } from './budgets/accounts.js';
import type { Rate } from './budgets/rate.js';

/** Lines of one kind about one user, or one address. Whoever is refused all day must not fill the disk with it. */
const LINES: Rate = { perS: 1, burst: 100 };

/** A line as it is written: entries that were left out before it are counted in it. */
export type AuditLine = AuditEntry & { readonly leftOut?: number };

export interface CountingAuditLog extends AuditLog {
  /** How often each event has happened since the server was started, written or not. */
  counts(): Readonly<Partial<Record<AuditEventName, number>>>;
}

/** AB-7: counts all that happens, and has written as much of it as anybody could read. */
export function createAuditLog(write: (line: AuditLine) => void, clock: Clock): CountingAuditLog {
  const counts = new Map<AuditEventName, number>();
  const accounts = new Accounts();
  let leftOut = 0;
  return {
    note(entry) {
      const { event, principal, address } = entry;
      counts.set(event, (counts.get(event) ?? 0) + 1);
      const now = clock.now();
      const account = accounts.of(JSON.stringify([event, principal ?? '', isSomebody(principal) ? '' : address]), now);
      if (account.waitForOne('lines', LINES, 1, now) > 0) {
        leftOut += 1;
        return;
      }
      account.chargeOne('lines', LINES, 1, now);
      write(leftOut === 0 ? entry : { ...entry, leftOut });
      leftOut = 0;
    },
    counts: () => Object.fromEntries(counts),
  };
}

const isSomebody = (principal: string | null | undefined): boolean => typeof principal === 'string';
