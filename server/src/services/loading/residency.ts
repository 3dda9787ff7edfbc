/**
 * PI-7: where the records of an owned partition are. `cold`: in the snapshot store and the log alone; what has to be known of them without them is here. `loading`:
 * on their way. `hot`: here, and it stays so.
 */
export type Residency = 'cold' | 'loading' | 'hot';

/** `wanted`: somebody needs the records. `loaded`, `failed`: what became of bringing them in. */
export type ResidencyEvent = 'wanted' | 'loaded' | 'failed';

/** What follows: nothing, bring them in, let whoever wants them wait with the others, let them have it, or tell all who wait that it cannot be. */
export type ResidencyAction = 'none' | 'load' | 'wait' | 'serve' | 'refuse';

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
  },
  loading: {
    wanted: to('loading', 'wait'),
    loaded: to('hot', 'serve'),
    failed: to('cold', 'refuse'),
  },
  hot: {
    wanted: to('hot', 'serve'),
    loaded: to('hot', 'none'),
    failed: to('hot', 'none'),
  },
};

export const stepResidency = (residency: Residency, event: ResidencyEvent): ResidencyStep => STEPS[residency][event];
