import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';

/** Where a connection is cut: nothing of the request has arrived, or all of it, and the answer is lost. */
export type Cut = 'before the request' | 'before the answer';

/** A TCP proxy that cuts a connection in the middle of a request that matters, or lets nobody through. */
export class CuttingProxy {
  readonly url: string;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #isOut = false;
  #next: { readonly where: Cut; readonly marks: readonly string[]; readonly done: () => void } | null = null;

  private constructor(server: Server, target: URL) {
    this.#server = server;
    const url = new URL(target);
    url.hostname = '127.0.0.1';
    url.port = String((server.address() as AddressInfo).port);
    this.url = url.href;
  }

  static async before(target: URL): Promise<CuttingProxy> {
    const server = createServer((client) =>
      proxy.#join(client, connect(Number(target.port === '' ? 5432 : target.port), target.hostname)),
    );
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const proxy = new CuttingProxy(server, target);
    return proxy;
  }

  /** Cuts the connection of the next request in which all `marks` occur. Resolves when it has come. */
  cut(where: Cut, ...marks: readonly string[]): Promise<void> {
    return new Promise((done) => (this.#next = { where, marks, done }));
  }

  /** From now on nothing behind it can be reached, and what is open is cut; or everything can again. */
  out(isOut: boolean): void {
    this.#isOut = isOut;
    if (isOut) for (const socket of this.#sockets) socket.destroy();
  }

  async close(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }

  #join(client: Socket, upstream: Socket): void {
    if (this.#isOut) {
      client.destroy();
      upstream.destroy();
    }
    let isCut = false;
    client.on('data', (bytes) => {
      if (isCut) return;
      const next = this.#next;
      if (next === null || !next.marks.every((mark) => bytes.includes(mark))) {
        upstream.write(bytes);
        return;
      }
      this.#next = null;
      isCut = true;
      if (next.where === 'before the request') {
        upstream.destroy();
        client.destroy();
      } else {
        upstream.write(bytes);
      }
      next.done();
    });
    upstream.on('data', (bytes) => {
      // The first byte of the answer says that the database has done what it was asked.
      if (!isCut) client.write(bytes);
      else {
        upstream.destroy();
        client.destroy();
      }
    });
    for (const [socket, other] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      this.#sockets.add(socket);
      socket.on('error', () => undefined);
      socket.on('close', () => {
        this.#sockets.delete(socket);
        other.destroy();
      });
    }
  }
}
