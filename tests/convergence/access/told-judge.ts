import { isPlainObject, type Value } from '../../../packages/core/src/primitives/index.js';
import type {
  AskSearchMessage,
  ClientMessage,
  RowChange,
  ServerMessage,
  SubscribeMessage,
} from '../../../packages/core/src/protocol/index.js';
import type { LedgerModel } from '../ledger-model.js';
import { fieldsOf } from '../queries.js';
import { must } from '../violation.js';
import type { RuleBook } from './rule-books.js';
import { judgeFacts } from './told-facts.js';
import type { Account } from './users.js';

/** Judges everything that one connection tells a device (RU-5). */
export interface ToldJudge {
  /** What the client asks for: what it is told is told of that. */
  asked(message: ClientMessage): void;
  /** @throws Violation */
  told(message: ServerMessage): void;
  /** Whether the record is there still, and not for this user. */
  isTakenAway(sub: number, key: string): boolean;
}

/** Texts that apps write are each written once, so that it can be told where they came from. */
const MARK = /(?<=")[ws]\d+(?=\\?")/g;

export function createToldJudge(who: Account, book: RuleBook, ledger: LedgerModel): ToldJudge {
  const asked = new Map<number, SubscribeMessage>();
  const searches = new Map<number, AskSearchMessage>();
  const name = `${who.user} (${who.role}), by the rules ${book.name},`;

  const seen = (map: string, value: Value | undefined): boolean => value !== undefined && book.mayRead(who, map, value);

  function isAllowed(mark: string, position: number): boolean {
    for (const [map, key] of ledger.placesOf(mark)) {
      const value = ledger.valueAt(map, key, position);
      if (value === undefined || !seen(map, value)) continue;
      const hidden = book.hidden(who, map);
      if (Object.entries(fieldsOf(value)).some(([field, text]) => text === mark && !hidden.includes(field)))
        return true;
    }
    return false;
  }

  function judgeMarks(message: ServerMessage, position: number, last = position): void {
    const marks = new Set(JSON.stringify(withoutGone(message)).match(MARK));
    for (const mark of marks) {
      let at = position;
      while (at < last && !isAllowed(mark, at)) at += 1;
      must(isAllowed(mark, at), 'only-allowed', () => {
        return `${name} is told ${mark} at ${position}: ${JSON.stringify(message)}`;
      });
    }
  }

  function judgeChange(sub: number, change: RowChange, position: number): void {
    const question = asked.get(sub);
    // Groups are told as rows too; whatever is in them is made of what is seen.
    if (question === undefined || change[0] === 'gone' || isGrouped(question)) return;
    const [type, key, [, , , fields]] = change;
    const { map } = question;
    const value = ledger.valueAt(map, key, position);
    // What is there no more is told with nothing in it to whoever saw it.
    const isRemoval = type === 'out' && value === undefined && fields.length === 0;
    must(isRemoval || seen(map, value), 'only-allowed', () => {
      return `${name} is told ${JSON.stringify(change)} of ${map}, which at ${position} is ${JSON.stringify(value)}`;
    });
    const hidden = fields.map(([field]) => field).filter((field) => book.hidden(who, map).includes(field));
    must(hidden.length === 0 || !isPlainObject(value), 'only-allowed', () => {
      return `${name} is told of ${hidden.join()} at ${position}: ${JSON.stringify(change)} of ${map}`;
    });
  }

  return {
    asked(message) {
      if (message.type === 'subscribe') asked.set(message.sub, message);
      if (message.type === 'ask-search') searches.set(message.id, message);
    },
    told(message) {
      switch (message.type) {
        case 'rows':
          judgeMarks(message, message.through);
          for (const change of message.changes) judgeChange(message.sub, change, message.through);
          return;
        case 'push':
          judgeMarks(message, message.through);
          for (const { sub, changes } of message.subs) {
            for (const change of changes) judgeChange(sub, change, message.through);
          }
          return;
        case 'decided': {
          // HK-3: what the author wrote itself, as it is stored.
          const { changed: _, ...verdicts } = message;
          judgeMarks(verdicts, message.position);
          return;
        }
        case 'search-facts': {
          // Each record is taken as it is when its turn comes.
          judgeMarks(message, message.through, ledger.position);
          const search = searches.get(message.id);
          if (search !== undefined) judgeFacts({ who, book }, ledger, search, message);
          return;
        }
        default:
          judgeMarks(message, ledger.position);
      }
    },
    isTakenAway(sub, key) {
      const map = asked.get(sub)?.map ?? '';
      const value = ledger.valueAt(map, key, ledger.position);
      return value !== undefined && !seen(map, value);
    },
  };
}

const isGrouped = ({ query }: SubscribeMessage): boolean => isPlainObject(query) && query['groupBy'] !== undefined;

/** What is gone was there; a group is named by what its rows had in common. */
const withoutGone = (message: ServerMessage): unknown =>
  JSON.parse(JSON.stringify(message), (_name, value: unknown) =>
    Array.isArray(value) && value[0] === 'gone' ? null : value,
  );
