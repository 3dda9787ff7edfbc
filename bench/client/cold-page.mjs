// Runs in the browser, as the classic script of an app that makes its client and shows its first view at once. `subject-of-page` is what
// the page is built for. Answers are looked at when all is over: what they are worth is not part of what is timed.

import { show } from 'subject-of-page';

const answers = [];
const startedAt = performance.now();
const showing = show((rows) => {
  answers.push({ at: performance.now(), rows: rows.map(({ id, score, title }) => `${id} ${score} ${title}`) });
  paint(answers.at(-1).rows);
});

/** A browser notes what a page needs until it can be used, and for that there has to be something to see. */
function paint(rows) {
  const list = document.createElement('ul');
  for (const row of rows) list.appendChild(document.createElement('li')).textContent = row;
  document.body.replaceChildren(list);
}

let failure = null;
showing.catch((error) => {
  failure = String(error);
});

const isRight = ({ rows }, expected) => rows.length === expected.length && expected.every((row, i) => row === rows[i]);

window.bench = {
  isIsolated: () => window.crossOriginIsolated,

  /** From the moment the code has run, and from the beginning of the navigation, to the first right answer; `null`: there is none yet. In ms. */
  tookUntil(expected) {
    if (failure !== null) throw new Error(failure);
    const first = answers.findIndex((answer) => isRight(answer, expected));
    if (first < 0) return null;
    if (!answers.slice(first).every((answer) => isRight(answer, expected))) {
      throw new Error('wrong answer: the first answer was right, and a later one was not');
    }
    return { ran: answers[first].at - startedAt, navigated: answers[first].at };
  },

  close: async () => (await showing).close(),
};
