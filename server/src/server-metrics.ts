import { createMetrics, metricsText, type GaugeSource } from './adapters/prometheus-metrics.js';
import { systemClock } from './adapters/system-environment.js';
import type { CountingAuditLog } from './gateway/audit-log.js';
import { AckTimes } from './gateway/ack-times.js';
import type { Gateway } from './gateway/gateway.js';
import type { ServedHost } from './open-host.js';
import type { Bus } from './ports/bus.js';
import type { HostGauges } from './ports/host-gauges.js';
import { HOST_COMMANDS, HOST_EVENTS } from './ports/host-subjects.js';
import type { HostEvent } from './ports/partition-host.js';

export interface MeasuredParts {
  readonly bus: Bus;
  readonly gateway: Gateway;
  readonly served: ServedHost;
  readonly audit: CountingAuditLog;
  /** MO-8: the maps whose tables are out of reach. */
  readonly tables: { readonly outOfReach: readonly string[] };
}

/** PI-38: measures this thread and what passes through it. Returns what answers at `/metrics`. */
export async function createServerMetrics({
  audit,
  bus,
  gateway,
  served,
  tables,
}: MeasuredParts): Promise<() => Promise<string>> {
  const metrics = await createMetrics(
    'gateway',
    [
      { name: 'topgun_connections', help: 'Clients that are connected', read: () => gateway.sessions },
      { name: 'topgun_host_up', help: '1 while the data is served', read: () => (gateway.isHostDown ? 0 : 1) },
      {
        name: 'topgun_storage_up',
        help: '1 while storage takes writes',
        read: () => (served.trouble === null ? 1 : 0),
      },
      {
        name: 'topgun_rows_up',
        help: '1 while the rows for other programs are written',
        read: () => (served.areRowsBehind ? 0 : 1),
      },
      {
        name: 'topgun_tables_out_of_reach',
        help: "Tables of the app's own that do not answer",
        read: () => tables.outOfReach.length,
      },
      { name: 'topgun_commands_under_way', help: 'Commands on their way to a thread', read: () => served.underWay },
      {
        name: 'topgun_audit_events',
        help: 'Events of the audit log since the start',
        label: 'event',
        read: audit.counts,
      },
      ...(served.gauges() === null ? [] : hostMetrics(() => served.gauges())),
    ],
    true,
  );
  const decided = metrics.count('topgun_ops_decided_total', 'Ops that were decided', 'outcome');
  const acked = metrics.time('topgun_ack_seconds', 'From when ops are understood until all of a message are decided');
  const times = new AckTimes();
  bus.subscribe(HOST_COMMANDS, (command) => times.note(command, systemClock.now()));
  bus.subscribe(HOST_EVENTS, (event) => {
    for (const ms of times.settle(event, systemClock.now())) acked(ms / 1_000);
    countDecided(event, decided);
  });
  return async () => metricsText([await metrics.figures(), await served.measure()]);
}

function countDecided(event: HostEvent, decided: (outcome: string, ops: number) => void): void {
  if (event.type !== 'committed') return;
  for (const { accepted, rejected } of event.verdicts) {
    const superseded = accepted.filter(([, outcome]) => outcome === 'superseded').length;
    decided('applied', accepted.length - superseded);
    decided('superseded', superseded);
    decided('refused', rejected.length);
  }
}

/** What a host says of itself, in the thread that it runs in. */
export function hostMetrics(gauges: () => HostGauges | null): GaugeSource[] {
  const of = (name: keyof HostGauges): number => gauges()?.[name] ?? 0;
  return [
    { name: 'topgun_waiting_messages', help: 'Messages with ops that wait', read: () => of('waitingMessages') },
    { name: 'topgun_waiting_bytes', help: 'Bytes of these', read: () => of('waitingBytes') },
    {
      name: 'topgun_partitions',
      help: 'Partitions, by whether their records are in memory',
      label: 'state',
      read: () => ({ hot: of('hotPartitions'), cold: of('coldPartitions') }),
    },
    { name: 'topgun_record_bytes', help: 'Memory of records', read: () => of('recordBytes') },
    { name: 'topgun_live_views', help: 'Live views', read: () => of('views') },
    { name: 'topgun_ledger_position', help: 'The last commit', read: () => of('position') },
  ];
}
