// How long the main thread of a page was kept busy in one go, by the processor time of its own thread: others that want the processor
// do not count.

const CATEGORIES = [
  'toplevel',
  'disabled-by-default-devtools.timeline',
  'devtools.timeline',
  'blink.user_timing',
  '__metadata',
];

/** What a page marks a task with that calls a subject so often that the calls take long: it is an app's to have fewer of them in a task. */
const OF_THE_APP = 'the app writes';

/**
 * Traces what the page does meanwhile. `appMs`: the longest task that the page has marked as the app's; it is none of the others.
 *
 * @param {import('playwright').Page} page
 * @param {() => Promise<unknown>} work
 * @returns {Promise<{ longestMs: number, over50: number, appMs: number }>}
 */
export async function traceTasks(page, work) {
  const session = await page.context().newCDPSession(page);
  const events = [];
  session.on('Tracing.dataCollected', ({ value }) => events.push(...value));
  await session.send('Tracing.start', {
    transferMode: 'ReportEvents',
    traceConfig: { includedCategories: CATEGORIES, excludedCategories: ['*'] },
  });
  try {
    await work();
  } finally {
    const isComplete = new Promise((resolve) => session.once('Tracing.tracingComplete', resolve));
    await session.send('Tracing.end');
    await isComplete;
    await session.detach();
  }
  return longestTask(events);
}

/** Of the main threads of renderers: the page is alone in its browser. */
function longestTask(events) {
  const mains = new Set(
    events
      .filter(({ name, args }) => name === 'thread_name' && args.name === 'CrRendererMain')
      .map(({ pid, tid }) => `${pid} ${tid}`),
  );
  const named = (task) =>
    events.filter(({ name, ph, pid, tid }) => name === task && ph === 'X' && mains.has(`${pid} ${tid}`));
  // One within the other, where a browser has both.
  const outer = named('ThreadControllerImpl::RunTask');
  const tasks = outer.length > 0 ? outer : named('RunTask');
  if (tasks.every(({ tdur }) => tdur === undefined)) throw new Error('the trace holds no tasks');
  const marks = events.filter(({ name, cat }) => name === OF_THE_APP && cat === 'blink.user_timing');
  const isOfApp = ({ pid, tid, ts, dur }) =>
    marks.some((mark) => mark.pid === pid && mark.tid === tid && mark.ts >= ts && mark.ts <= ts + dur);
  const longest = (of) => Math.max(0, ...of.map(({ tdur = 0 }) => tdur / 1000));
  const others = tasks.filter((task) => !isOfApp(task));
  return {
    longestMs: longest(others),
    over50: others.filter(({ tdur = 0 }) => tdur > 50_000).length,
    appMs: longest(tasks.filter(isOfApp)),
  };
}
