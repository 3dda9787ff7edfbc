import type { MetricObjectWithValues, MetricValue } from 'prom-client';
import type { ThreadFigures } from '../ports/host-gauges.js';

/** A figure that is looked up when somebody asks; with several values, by what `label` names. */
export interface GaugeSource {
  readonly name: string;
  readonly help: string;
  readonly label?: string;
  readonly read: () => number | Readonly<Record<string, number>>;
}

/** What one thread measures. */
export interface Metrics {
  /** Counts something, by what `label` names. */
  count(name: string, help: string, label: string): (value: string, by: number) => void;
  /** Keeps how long something took, in seconds. */
  time(name: string, help: string): (seconds: number) => void;
  /** All of it, as it is now. */
  figures(): Promise<ThreadFigures>;
}

/** What is of the process, and would be said once more by each thread. */
const OF_PROCESS = /^(process_|nodejs_version_info|nodejs_active_)/;
const SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/**
 * PI-38: measures the thread that calls this: delay of its loop, its heap, its pauses for garbage; and what `sources` say. `thread` is said with each figure. What measures
 * is loaded with the first call: most servers never need it.
 */
export async function createMetrics(
  thread: string,
  sources: readonly GaugeSource[],
  isFirst = false,
): Promise<Metrics> {
  const { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } = await import('prom-client');
  const registry = new Registry();
  registry.setDefaultLabels({ thread });
  collectDefaultMetrics({ register: registry });
  const registers = [registry];
  for (const { name, help, label, read } of sources) {
    new Gauge({
      name,
      help,
      registers,
      labelNames: label === undefined ? [] : [label],
      collect() {
        const value = read();
        if (typeof value === 'number') this.set(value);
        else for (const [named, each] of Object.entries(value)) this.set({ [label ?? 'name']: named }, each);
      },
    });
  }
  return {
    count(name, help, label) {
      const counter = new Counter({ name, help, registers, labelNames: [label] });
      return (value, by) => counter.inc({ [label]: value }, by);
    },
    time(name, help) {
      const histogram = new Histogram({ name, help, registers, buckets: SECONDS });
      return (seconds) => histogram.observe(seconds);
    },
    async figures() {
      const all = await registry.getMetricsAsJSON();
      return isFirst ? all : all.filter(({ name }) => !OF_PROCESS.test(name));
    },
  };
}

/** The figures of all threads in the text form of Prometheus. */
export async function metricsText(figures: readonly ThreadFigures[]): Promise<string> {
  const { AggregatorRegistry } = await import('prom-client');
  // Nothing is summed: what has one name differs by its thread.
  return AggregatorRegistry.aggregate(figures.map((each) => each.filter(isMetric))).metrics();
}

const isMetric = (value: object): value is MetricObjectWithValues<MetricValue<string>> =>
  'name' in value && 'values' in value;
