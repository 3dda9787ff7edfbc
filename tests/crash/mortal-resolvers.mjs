// Definitions of an app with a resolver that ends the thread that runs it, as a fault of native code would.
const mortal = {
  name: 'mortal',
  isMerge: false,
  resolve() {
    process.exit(7);
  },
};

export const resolvers = { of: (map) => (map === 'mortal' ? { fields: { n: mortal } } : undefined) };
