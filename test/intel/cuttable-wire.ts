/** A wire to a server on this machine, that can be cut in the middle of what it carries, or fall silent. */
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';

export class CuttableWire {
  private readonly sockets = new Set<Socket>();

  private constructor(
    private readonly server: Server,
    private readonly to: number,
  ) {
    server.on('connection', (near) => this.join(near));
  }

  static async to(port: number): Promise<CuttableWire> {
    const wire = new CuttableWire(createServer(), port);
    await new Promise<void>((resolve) => wire.server.listen(0, '127.0.0.1', resolve));
    return wire;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  cut(): void {
    for (const socket of this.sockets) socket.destroy();
  }

  /** What is open stays open and carries nothing more; new connections are good. */
  hush(): void {
    for (const socket of this.sockets) socket.pause();
  }

  async end(): Promise<void> {
    this.cut();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private join(near: Socket): void {
    const far = connect(this.to, '127.0.0.1');
    for (const [one, other] of [
      [near, far],
      [far, near],
    ] as const) {
      this.sockets.add(one);
      one.on('error', () => {});
      one.on('close', () => {
        this.sockets.delete(one);
        other.destroy();
      });
      one.on('data', (bytes) => void other.write(bytes));
    }
  }
}
