/**
 * PI-7, PI-45: where the records of an owned partition are. `cold`: in the snapshot store and the log alone; what has to be known of them without them is here. `loading`:
 * on their way. `hot`: here. `draining`: here, and chosen to go as soon as a snapshot has them all.
 */
export type Residency = 'cold' | 'loading' | 'hot' | 'draining';

/**
 * `wanted`: somebody needs the records. `loaded`, `failed`: what became of bringing them in. `drain`: their room is needed. `stored`: a snapshot has all of them, and nobody is at
 * work on them. `kept`: they stay after all.
 */
export type ResidencyEvent = 'wanted' | 'loaded' | 'failed' | 'drain' | 'stored' | 'kept';

/**
 * What follows: nothing, bring them in, let whoever wants them wait with the others, let them have it, tell all who wait that it cannot be, have a snapshot taken, or let go of
 * them.
 */
export type ResidencyAction = 'none' | 'load' | 'wait' | 'serve' | 'refuse' | 'store' | 'drop';

export interface ResidencyStep {
  readonly next: Residency;
  readonly action: ResidencyAction;
}

const to = (next: Residency, action: ResidencyAction): ResidencyStep => ({ next, action });

/** Total by type: a state or an event more does not compile until each of its cells is decided. */
const STEPS: Readonly<Record<Residency, Readonly<Record<ResidencyEvent, ResidencyStep>>>> = {
  cold: {
    wanted: to('loading', 'load'),
    // Of a load that was given up: the next one reads again.
    loaded: to('cold', 'none'),
    failed: to('cold', 'none'),
    drain: to('cold', 'none'),
    stored: to('cold', 'none'),
    kept: to('cold', 'none'),
  },
  loading: {
    wanted: to('loading', 'wait'),
    loaded: to('hot', 'serve'),
    failed: to('cold', 'refuse'),
    // Somebody waits for them.
    drain: to('loading', 'none'),
    stored: to('loading', 'none'),
    kept: to('loading', 'none'),
  },
  hot: {
    wanted: to('hot', 'serve'),
    loaded: to('hot', 'none'),
    failed: to('hot', 'none'),
    drain: to('draining', 'store'),
    // It was wanted again meanwhile.
    stored: to('hot', 'none'),
    kept: to('hot', 'none'),
  },
  draining: {
    wanted: to('hot', 'serve'),
    loaded: to('draining', 'none'),
    failed: to('draining', 'none'),
    drain: to('draining', 'none'),
    stored: to('cold', 'drop'),
    kept: to('hot', 'none'),
  },
};

export const stepResidency = (residency: Residency, event: ResidencyEvent): ResidencyStep => STEPS[residency][event];
