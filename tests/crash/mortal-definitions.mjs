// Definitions of an app whose procedures end the thread that runs them, as faults of native code would, or errors that nobody catches.
export const procedures = {
  exit: {
    run() {
      process.exit(7);
    },
  },
  throw: {
    run() {
      setTimeout(() => {
        throw new Error('nobody catches this');
      });
    },
  },
};
