// Runs in the browser: one client. Pages have no clock in common, so one page writes `ping`, the other answers with `pong`,
// and what is measured is half of the way there and back.

const clients = {
  topgun: () => import('./page-topgun.mjs'),
  floor: () => import('./page-floor.mjs'),
};

let client = null;
let arrived = () => {};

const record = (i) => ({ title: 'Item number 0', done: false, n: i, sentAt: i });

window.bench = {
  isIsolated: () => window.crossOriginIsolated,
  async open(name, url, answers) {
    const { connect } = await clients[name]();
    client = await connect(url, (key, { n }) => {
      if (answers && key === 'ping') void client.write('pong', record(n));
      if (!answers && key === 'pong') arrived(n);
    });
  },
  /** Half the time of each round trip, in ms. */
  async pingPong(from, count) {
    const halves = [];
    for (let i = from; i < from + count; i += 1) {
      const answered = new Promise((resolve) => {
        arrived = (n) => n === i && resolve();
      });
      const startedAt = performance.now();
      void client.write('ping', record(i));
      await answered;
      halves.push((performance.now() - startedAt) / 2);
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    return halves;
  },
};
