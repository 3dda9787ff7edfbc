import type { TabEvent } from '../ports/tab-events.js';
import type { EventLog } from './event-log.js';

/** CL-35: what of an event belongs in the timeline. */
export function noteTabEvent(log: EventLog, event: TabEvent): void {
  switch (event.type) {
    case 'persisted':
      return log.entries('persisted', event.entries);
    case 'decided':
      for (const decision of event.decisions) {
        if (decision.outcome === 'rejected') log.rejected(decision.op, decision.code);
        else log.op(decision.outcome, decision.op);
      }
      return;
    case 'another-ledger':
      return log.entries('returned', event.returned);
    case 'reissued':
      for (const { from, entry } of event.moved) log.renamed(from, entry.op);
      return;
    default:
    // Of the connection it is told where a change of it is; rows and subscriptions come and go too often to be told at all.
  }
}
