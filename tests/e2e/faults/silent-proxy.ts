import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';

/** A TCP proxy in front of the server, whose connections can go silent: nothing passes any more, and nobody is told. */
export class SilentProxy {
  readonly url: string;
  readonly #server: Server;
  /** All of them, silenced or not. */
  readonly #sockets = new Set<Socket>();

  private constructor(server: Server) {
    this.#server = server;
    this.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  /** `target`: the server's address. */
  static async before(target: string): Promise<SilentProxy> {
    const { hostname, port } = new URL(target);
    const server = createServer((client) => proxy.#join(client, connect(Number(port), hostname)));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const proxy = new SilentProxy(server);
    return proxy;
  }

  /**
   * As when a router forgets its connections, or one end has lost its power: of those that are open no byte passes any more, no end is told
   * and no end is closed. New ones pass.
   */
  silence(): void {
    for (const socket of this.#sockets) {
      socket.removeAllListeners('data');
      socket.removeAllListeners('close');
      // What arrives is thrown away: a full buffer would tell the sender something too.
      socket.resume();
    }
  }

  async close(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }

  #join(client: Socket, upstream: Socket): void {
    for (const [from, to] of [[client, upstream] as const, [upstream, client] as const]) {
      this.#sockets.add(from);
      from.on('data', (bytes) => to.write(bytes));
      from.on('error', () => {});
      from.on('close', () => to.destroy());
    }
  }
}
