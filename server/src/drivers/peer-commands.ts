import { assertNever, type Hash64 } from '@topgun/core/primitives';
import type { SessionRegistry } from '../op-pipeline/session-registry.js';
import type { HostCommand, HostEvent, PeerCommand } from '../ports/partition-host.js';
import type { GridState } from '../services/crdt/grid-state.js';
import { ownerOf, placeOfOwner } from '../services/crdt/replica-owners.js';
import type { LostHistory } from '../services/retention/lost-history.js';
import type { Running } from './running-host.js';

export interface PeerCommandsParts {
  readonly hash: Hash64;
  readonly sessions: SessionRegistry;
  readonly emit: (event: HostEvent) => void;
}

type PeerState = Pick<
  Running,
  'state' | 'loader' | 'pipeline' | 'ownership' | 'snapshots' | 'views' | 'joint' | 'counts' | 'share' | 'calls'
>;

/** SE-70: the one search that such a session has open. */
export const FEED_SUB = 1;

/** PI-25: what a host does because it is one of several. */
export function createPeerCommands({ hash, sessions, emit }: PeerCommandsParts) {
  const check = (command: Extract<PeerCommand, { type: 'check-replicas' }>, state: GridState): void => {
    const { session, replicas, principal } = command;
    const owners = replicas.map((replica) => [replica, ownerOf(state, hash, replica)] as const);
    const foreign = owners.filter(
      ([replica, owner]) =>
        (owner !== undefined && owner !== principal) || sessions.isSpokenForByOther(replica, principal),
    );
    const own = owners.filter(([, owner]) => owner !== undefined && owner === principal);
    const only = (of: typeof owners) => of.map(([replica]) => replica);
    emit({ type: 'replicas-checked', session, foreign: only(foreign), own: only(own), failed: false });
  };

  return {
    take(command: PeerCommand, running: PeerState): void {
      const { calls, counts, joint, loader, ownership, pipeline, share, snapshots, state, views } = running;
      switch (command.type) {
        case 'check-replicas': {
          const { session, replicas } = command;
          const needed = loader.need(replicas.map((replica) => placeOfOwner(hash, replica)));
          if (needed === null) check(command, state);
          else {
            void needed.then((failure) => {
              if (failure === null) check(command, state);
              else emit({ type: 'replicas-checked', session, foreign: [], own: [], failed: true });
            });
          }
          return;
        }
        case 'try-joint':
          pipeline.tryJudged(command.joint);
          return;
        case 'settle-joint':
          pipeline.settleJoint(command.joint, command.refusals === null ? null : new Map(command.refusals));
          return;
        case 'settle-session': {
          const { session, replicas } = command;
          sessions.end(session, replicas);
          pipeline.whenDecided(replicas, () => emit({ type: 'session-settled', session }));
          return;
        }
        case 'fix-type':
          state.fixMapType(command.map, command.holds);
          return;
        case 'fill-map':
          share?.fill(command.map, command.isFull);
          return;
        case 'take-snapshots':
          snapshots?.catchUp();
          return;
        case 'rename-history':
          ownership.lineage = command.lineage;
          return;
        case 'lane-entered':
        case 'look-up':
        case 'found':
        case 'try-call':
        case 'call-settled':
          calls.elsewhere?.take(command);
          return;
        case 'share-search':
        case 'rank-search':
        case 'show-search':
          joint?.take(command, views.find(command.session, FEED_SUB));
          return;
        case 'count-search':
          counts.take(command);
          return;
        default:
          assertNever(command);
      }
    },
  };
}

const PEER_COMMANDS: ReadonlySet<HostCommand['type']> = new Set<PeerCommand['type']>([
  'check-replicas',
  'try-joint',
  'settle-joint',
  'settle-session',
  'fix-type',
  'fill-map',
  'take-snapshots',
  'rename-history',
  'lane-entered',
  'look-up',
  'found',
  'try-call',
  'call-settled',
  'share-search',
  'rank-search',
  'show-search',
  'count-search',
]);

export const isPeerCommand = (command: HostCommand): command is PeerCommand => PEER_COMMANDS.has(command.type);

/** SY-2: who makes one host of several judges, and says what came of it: then alone is something given back. */
export const JUDGED_BEFORE: LostHistory = {
  judge: (_session, introduced, lineage) => lineage !== null || introduced.some(([, , acked = 0]) => acked > 0),
};
