/** Resolves in a later turn of the event loop: every microtask queued so far, and all that they queue, has run by then. */
export function macrotask(): Promise<void> {
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      // An open port would keep a Node process alive.
      port1.close();
      resolve();
    };
    port2.postMessage(null);
  });
}
