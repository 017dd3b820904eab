import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

interface Command {
  execute: string;
  arguments?: Record<string, unknown>;
  id: number;
}

/** Answers one command by calling `reply`, `send` or nothing at all. */
export type FakeHandler = (command: Command, server: FakeQmpServer) => void;

const GREETING = {
  QMP: { version: { qemu: { major: 7, minor: 2, micro: 22 }, package: 'fake' }, capabilities: [] },
};

/** The far end of a QMP connection, for what a real QEMU cannot be made to do at will. */
export class FakeQmpServer {
  readonly commands: Command[] = [];
  private socket: Socket | undefined;

  private constructor(
    readonly path: string,
    private readonly server: Server,
    private readonly folder: string,
  ) {}

  static async start(
    handler: FakeHandler,
    options: { greet: boolean } = { greet: true },
  ): Promise<FakeQmpServer> {
    const folder = await mkdtemp(join(tmpdir(), 'vman-fake-qmp-'));
    const path = join(folder, 'qmp.sock');
    const server = createServer();
    const fake = new FakeQmpServer(path, server, folder);
    server.on('connection', (socket) => fake.accept(socket, handler, options.greet));
    server.listen(path);
    await once(server, 'listening');
    return fake;
  }

  send(message: object | string): void {
    this.socket?.write(typeof message === 'string' ? message : `${JSON.stringify(message)}\r\n`);
  }

  reply(command: Command, value: unknown): void {
    this.send({ return: value, id: command.id });
  }

  event(event: string, data?: object): void {
    this.send({ event, data, timestamp: { seconds: 10, microseconds: 5_000 } });
  }

  hangUp(): void {
    this.socket?.end();
  }

  async stop(): Promise<void> {
    this.socket?.destroy();
    this.server.close();
    await rm(this.folder, { recursive: true });
  }

  private accept(socket: Socket, handler: FakeHandler, greet: boolean): void {
    this.socket = socket;
    socket.on('error', () => {});
    if (greet) this.send(GREETING);
    let text = '';
    socket.on('data', (chunk: Buffer) => {
      const lines = (text + chunk.toString()).split('\n');
      text = lines.pop() ?? '';
      for (const line of lines) this.take(JSON.parse(line) as Command, handler);
    });
  }

  private take(command: Command, handler: FakeHandler): void {
    this.commands.push(command);
    if (command.execute === 'qmp_capabilities') this.reply(command, {});
    else handler(command, this);
  }
}
