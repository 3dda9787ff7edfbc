import type { SchemaDefinition } from '../../packages/core/src/schema/index.js';
import { createSeededRandom, type SeededRandom } from '../../packages/core/src/client/testing/seeded-random.js';
import { createVirtualTime, type VirtualTime } from '../../packages/core/src/client/testing/virtual-time.js';
import { copyMemoryDisk, createMemoryDisk, type MemoryDisk } from '../../server/src/drivers/memory-disk.js';
import { DEFAULT_RETENTION } from '../../server/src/services/retention/retention.js';
import { loadXxhash } from '../../server/src/adapters/xxhash.js';
import type { Identity } from '../../server/src/ports/identity.js';
import { createArrivals, type Arrivals } from './access/arrivals.js';
import { RULE_BOOKS, type RuleBook } from './access/rule-books.js';
import { LevelDevices } from './access/taken-away.js';
import { createToldJudge } from './access/told-judge.js';
import { accountOf, ROLES, USERS, type Account } from './access/users.js';
import type { AppTab } from './app-tab.js';
import { createAskedCalls, type AskedCalls } from './calls/asked-calls.js';
import { judgeHeard } from './calls/call-oracle.js';
import type { Defects } from './defects.js';
import { createAmbientRandom } from './ambient-random.js';
import { createDevice, type Device } from './device.js';
import { createFaultCounter, type Fault, type FaultCounts } from './faults.js';
import { startGridServer, type GridServer } from './grid-server.js';
import { createHistory, type History } from './history.js';
import { createLedgerModel, type LedgerModel } from './ledger-model.js';
import { createDigestJudge, type DigestJudge } from './digest-judge.js';
import { createNetwork, type ConnectionWatch, type Network } from './network.js';
import type { Decision } from './decision.js';
import { fetchEngine } from '../../packages/core/src/client/search/search-access.js';
import { fetchPageHost } from '../../packages/core/src/client/search/page-host.js';
import { QuietSearches } from './searches/search-oracle.js';
import { createTrace, type StepKind, type Trace } from './trace.js';
import { createTurn } from './turn.js';
import { judgeSnapshots } from './snapshot-judge.js';
import { Violation } from './violation.js';
import type { WorldOptions, WorldProfile } from './world-options.js';

/** Devices with tabs, and a server that comes and goes, in one process and in virtual time. */
export interface World {
  readonly profile: WorldProfile;
  readonly defects: Defects;
  readonly time: VirtualTime;
  /** What the present decision draws from. */
  readonly random: SeededRandom;
  readonly disk: MemoryDisk;
  readonly network: Network;
  readonly devices: readonly Device[];
  readonly history: History;
  readonly ledger: LedgerModel;
  readonly calls: AskedCalls;
  readonly trace: Trace;
  readonly digests: DigestJudge;
  readonly faults: FaultCounts;
  fired(fault: Fault): void;
  step(kind: StepKind, detail: string): void;
  /** From here on `random`, and what the surroundings draw, come from this decision. */
  begin(decision: Decision): void;
  /** The serving one; `null` while none is. */
  readonly server: GridServer | null;
  /** Those that have been replaced and do not know it. */
  readonly outdated: ReadonlySet<GridServer>;
  /** When a replaced server last served anybody. */
  readonly outdatedUntil: number;
  say(line: string): void;
  /** A text that nobody has written before. */
  nextTag(): string;
  /** What the next server that starts knows of the maps. */
  schema: SchemaDefinition | undefined;
  /** By which rules the next server that starts judges. */
  book: RuleBook | undefined;
  /** As whom, and to servers with which rules, an op has been sent so far. */
  readonly arrivals: Arrivals;
  readonly level: LevelDevices;
  readonly quietSearches: QuietSearches;
  /** Since when the rules are those of the serving server. */
  readonly rulesSince: number;
  addDevice(): Device;
  openTabs(): readonly { readonly device: Device; readonly tab: AppTab }[];
  startServer(): Promise<void>;
  crashServer(): void;
  /** With all servers: they share a machine. */
  losePower(): void;
  /** Copies the disk, to be put back some time. */
  backUp(): void;
  /** Only while no server runs: puts one of the copies back. False: there is none. */
  putBack(): boolean;
  /** Since when a server has served what was put back last. */
  readonly putBackSince: number;
  /** What was accepted, and then lost with the state of the ledger that was replaced, may be refused, or gone with the device that had it. */
  readonly hasBeenPutBack: boolean;
  /** Another server takes the ledger over while the old one still serves those it has. */
  replaceServer(): Promise<void>;
  endOutdated(): void;
  /** Work begun in the background: tabs that are closing. */
  await(work: Promise<unknown>): void;
  readonly unfinished: number;
  /** Something that has just shown itself to be wrong. */
  found(violation: Violation): void;
  /** Throws what has gone wrong so far. */
  checkErrors(): void;
}

const MAX_BACKUPS = 3;

/** Users take turns, so that two devices are of two. */
const accountOfDevice = (n: number): Account => ({ user: USERS[n % 2] ?? 'ann', role: ROLES[n % 3 === 2 ? 1 : 0] });

export async function createWorld(options: WorldOptions): Promise<World> {
  const { profile, defects } = options;
  const hash = await loadXxhash();
  // Else the first run of a process would wait for it, and no other.
  await Promise.all([fetchEngine(), fetchPageHost()]);
  const seeds = createSeededRandom(options.seed);
  const ofNetwork = createAmbientRandom(seeds.integer(2 ** 31));
  const ofServer = createAmbientRandom(seeds.integer(2 ** 31));
  const ofDevices = createAmbientRandom(seeds.integer(2 ** 31));
  const time = createVirtualTime({ turn: createTurn() });
  const trace = createTrace({ now: time.clock.now, keepsDetails: options.keepsDetails ?? false });
  const faults = createFaultCounter();
  const history = createHistory();
  const disk = createMemoryDisk();
  const errors: Violation[] = [];
  const devices: Device[] = [];
  const outdated = new Set<GridServer>();
  let server: GridServer | null = null;
  let outdatedUntil = 0;
  const backups: MemoryDisk[] = [];
  let hasBeenPutBack = false;
  let putBackSince = Number.NEGATIVE_INFINITY;
  let lastBook: RuleBook | undefined;
  let lastHosts: number | undefined;
  let rulesSince = Number.NEGATIVE_INFINITY;
  const arrivals = createArrivals();
  let unfinished = 0;
  let tags = 0;
  let random = createSeededRandom(options.seed);

  const { say, step } = trace;
  const report = (what: string): void => void errors.push(new Violation('no-errors', what));
  const digests = createDigestJudge(hash);
  const network = createNetwork({
    time,
    digests,
    random: ofNetwork,
    maxDelayMs: () => profile.networkMs,
    defects,
    unreadable: report,
    called: (message) => world.calls.arrived(message),
    delivered: (what) => step('delivery', what),
    fired: faults.fired,
  });

  /** What is judged as it happens is found when the step is over. */
  function asks(check: () => void): void {
    try {
      check();
    } catch (error) {
      if (!(error instanceof Violation)) throw error;
      errors.push(error);
    }
  }

  /** What one connection is told is judged as it is told, and found when the step is over. */
  function watch(identity: Identity, book: RuleBook): ConnectionWatch {
    const who = accountOf(identity);
    const judge = createToldJudge(who, book, world.ledger);
    return {
      isTakenAway: judge.isTakenAway,
      asked(message) {
        judge.asked(message);
        if (message.type === 'submit') arrivals.note(message, { who, book });
      },
      told(message) {
        asks(() => {
          world.ledger.catchUp(time.clock.now());
          const isWrong = defects.serverCountsUnseen === true && message.type === 'search-facts';
          judge.told(isWrong ? { ...message, total: message.total + 1 } : message);
        });
      },
    };
  }

  /** PI-50: any number of hosts starts from what any other has written. */
  function hostsOfNext(): number {
    const { hosts = 1 } = profile;
    if (hosts === 1) return 1;
    const next = ofServer.integer(3) > 0 ? hosts : 1 + ofServer.integer(hosts);
    if (next !== (lastHosts ?? next)) faults.fired('hosts-changed');
    lastHosts = next;
    return next;
  }

  async function startServer(): Promise<void> {
    const { book } = world;
    server = await startGridServer({
      schema: world.schema,
      book,
      watch,
      disk,
      time,
      random: ofServer,
      hash,
      windowOps: profile.windowOps,
      ...(profile.pushBytes === undefined ? {} : { pushBytes: profile.pushBytes }),
      maxAppendMs: profile.ledgerMs,
      hosts: hostsOfNext(),
      ...(profile.tombstonesMs === undefined ? {} : { tombstonesMs: profile.tombstonesMs }),
      ...(profile.turnRecords === undefined ? {} : { turnRecords: profile.turnRecords }),
      defects,
      asks,
      report: (what) => report(`the server logged: ${what}`),
      timerRan: (what) => step('timer', what),
      fired: faults.fired,
    });
    network.server = server;
    if (lastBook !== book) {
      if (lastBook !== undefined) faults.fired('rules-changed');
      lastBook = book;
      rulesSince = time.clock.now();
    }
    try {
      await judgeSnapshots(disk, faults.fired);
    } catch (error) {
      if (!(error instanceof Violation)) throw error;
      errors.push(error);
    }
    putBackSince = Math.min(putBackSince, time.clock.now());
  }

  function endOutdated(): void {
    if (outdated.size > 0) outdatedUntil = time.clock.now();
    for (const old of outdated) old.crash();
    outdated.clear();
  }

  const world: World = {
    profile,
    defects,
    time,
    get random() {
      return random;
    },
    disk,
    digests,
    network,
    devices,
    history,
    ledger: createLedgerModel({
      disk,
      horizonMs: profile.tombstonesMs ?? DEFAULT_RETENTION.tombstonesMs,
      fired: faults.fired,
    }),
    calls: createAskedCalls({
      isOpen: (tab) => devices.some(({ tabs }) => tabs.has(tab)),
      heard(tab, call) {
        say(`${tab.name} is told of ${call.transfer.mark}: ${JSON.stringify(call.told)}`);
        judgeHeard(world, tab, call);
      },
      threw: (error) => report(`a call threw ${String(error)}`),
    }),
    trace,
    faults: faults.counts,
    fired: faults.fired,
    step,
    begin({ seed }) {
      random = createSeededRandom(seed);
      for (const ambient of [ofNetwork, ofServer, ofDevices]) ambient.reseed(seed);
    },
    outdated,
    get server() {
      return server;
    },
    get outdatedUntil() {
      return outdatedUntil;
    },
    get unfinished() {
      return unfinished;
    },
    say,
    nextTag: () => `w${(tags += 1)}`,
    schema: undefined,
    book: profile.hasRules ? RULE_BOOKS[options.seed % RULE_BOOKS.length] : undefined,
    arrivals,
    level: new LevelDevices(),
    quietSearches: new QuietSearches(),
    get rulesSince() {
      return rulesSince;
    },
    addDevice() {
      const device = createDevice({
        ...options,
        name: `d${devices.length + 1}`,
        time,
        random: createSeededRandom(seeds.integer(2 ** 31)),
        ambient: ofDevices,
        step,
        fired: faults.fired,
        history,
        found: (violation) => void errors.push(violation),
        place: network.place(),
        account: profile.hasRules ? accountOfDevice(options.seed + devices.length) : null,
        hash,
        log: (level, message, detail) => {
          say(`${level}: ${message}`);
          if (level === 'error') report(`a client logged: ${message} ${detail instanceof Error ? detail.stack : ''}`);
        },
      });
      devices.push(device);
      return device;
    },
    openTabs: () => devices.flatMap((device) => [...device.tabs].map((tab) => ({ device, tab }))),
    startServer,
    crashServer() {
      server?.crash();
      server = null;
      network.server = null;
    },
    losePower() {
      server?.losePower();
      for (const old of outdated) old.losePower();
      outdated.clear();
      server = null;
      network.server = null;
    },
    backUp() {
      backups.push(copyMemoryDisk(disk));
      if (backups.length > MAX_BACKUPS) backups.shift();
    },
    putBack() {
      if (backups.length === 0) return false;
      const { epoch, segments, trimmed, coldRows, coldThrough, snapshots, snapshotProgress } = copyMemoryDisk(
        random.pick(backups),
      );
      disk.epoch = epoch;
      disk.segments.splice(0, disk.segments.length, ...segments);
      disk.trimmed.splice(0, disk.trimmed.length, ...trimmed);
      disk.snapshots.clear();
      for (const [partition, snapshot] of snapshots) disk.snapshots.set(partition, snapshot);
      disk.snapshotProgress = snapshotProgress;
      disk.coldRows.clear();
      for (const [place, row] of coldRows) disk.coldRows.set(place, row);
      disk.coldThrough = coldThrough;
      hasBeenPutBack = true;
      putBackSince = Number.POSITIVE_INFINITY;
      return true;
    },
    get putBackSince() {
      return putBackSince;
    },
    get hasBeenPutBack() {
      return hasBeenPutBack;
    },
    async replaceServer() {
      if (server !== null) outdated.add(server);
      await startServer();
    },
    endOutdated,
    await(work) {
      unfinished += 1;
      work.then(
        () => (unfinished -= 1),
        (error: unknown) => report(`closing a tab failed: ${String(error)}`),
      );
    },
    found: (violation) => void errors.push(violation),
    checkErrors() {
      const [first] = errors;
      if (first !== undefined) throw first;
    },
  };
  return world;
}
