import { must } from './violation.js';

/** CL-4: who leads the tabs of one device, as its storage has it, and what they do meanwhile. */
export interface LeadJudge {
  /** The tab has begun to lead. */
  leads(tab: string): void;
  /** It has stored what the server had decided. */
  stores(tab: string): void;
  /** It sends ops to the server. */
  submits(tab: string): void;
}

export interface LeadJudgeOptions {
  readonly isFrozen: (tab: string) => boolean;
  readonly isOpen: (tab: string) => boolean;
  /** A frozen leader has a successor. */
  readonly robbed: () => void;
}

export function createLeadJudge({ isFrozen, isOpen, robbed }: LeadJudgeOptions): LeadJudge {
  let leader: string | null = null;
  /** Those that a successor has found frozen, and that have not led again. */
  const asleep = new Set<string>();
  return {
    leads(tab) {
      if (leader !== null && leader !== tab && isFrozen(leader)) {
        asleep.add(leader);
        robbed();
      }
      leader = tab;
      asleep.delete(tab);
    },
    stores(tab) {
      must(leader === tab, 'one-leader', () => `${tab} stores what was decided, while ${leader} leads`);
    },
    submits(tab) {
      // When its successor is gone it may lead again though storage could not be told so.
      const isRobbed = asleep.has(tab) && leader !== null && isOpen(leader);
      must(!isRobbed, 'one-leader', () => `${tab} submits, having been robbed of the lead while it was frozen`);
    },
  };
}
