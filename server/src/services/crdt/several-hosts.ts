import { SERVER_REPLICA } from '@topgun/core/crdt';
import type { SegmentEntry } from '../persistence/segment.js';
import type { MutableState, StateView } from './state-view.js';

/**
 * PI-50: several hosts have decided some of what is here, each in an order of its own: where a ledger was put back, an op of a replica may be missing of which later ones are there (SY-2).
 * It is known as what maps hold is (CR-7), so that every snapshot says it. Nothing is ever stored in this map.
 */
const SEVERAL_HOSTS = '.topgun/several-hosts';

/** What several hosts write with the first that they write. */
export const OF_SEVERAL_HOSTS: SegmentEntry = { partition: 0, replica: SERVER_REPLICA, ops: [], severalHosts: true };

export const noteSeveralHosts = (state: Pick<MutableState, 'fixMapType'>): void =>
  state.fixMapType(SEVERAL_HOSTS, 'record');

/** SY-2: whether to say so: to who comes from elsewhere. */
export const gapsFor = (
  session: { readonly isFromElsewhere?: boolean },
  state: Pick<StateView, 'mapType'>,
): { readonly gaps?: true } =>
  session.isFromElsewhere === true && state.mapType(SEVERAL_HOSTS) !== undefined ? { gaps: true } : {};
