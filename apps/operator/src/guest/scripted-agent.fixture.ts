/** An agent on a socket of its own that answers as the test likes; `undefined` is silence. */
import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';

export interface AgentCommand {
  execute: string;
  arguments?: Record<string, unknown>;
}

export class ScriptedAgent {
  readonly commands: string[] = [];
  private readonly peers = new Set<Socket>();

  private constructor(
    private readonly server: Server,
    private answer: (command: AgentCommand) => unknown,
  ) {
    server.on('connection', (peer) => this.serve(peer));
  }

  static async listen(path: string, answer: (command: AgentCommand) => unknown): Promise<ScriptedAgent> {
    const agent = new ScriptedAgent(createServer(), answer);
    agent.server.listen(path);
    await once(agent.server, 'listening');
    return agent;
  }

  /** From now on it answers like this. */
  script(answer: (command: AgentCommand) => unknown): void {
    this.answer = answer;
  }

  count(command: string): number {
    return this.commands.filter((it) => it === command).length;
  }

  get connections(): number {
    return this.peers.size;
  }

  async stop(): Promise<void> {
    for (const peer of this.peers) peer.destroy();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private serve(peer: Socket): void {
    this.peers.add(peer);
    peer.on('error', () => {});
    peer.on('data', (chunk: Buffer) => {
      for (const line of chunk.toString('latin1').replaceAll('\xff', '').split('\n')) {
        if (line !== '') this.hear(peer, JSON.parse(line) as AgentCommand);
      }
    });
  }

  private hear(peer: Socket, command: AgentCommand): void {
    this.commands.push(command.execute);
    const value = this.answer(command);
    if (value !== undefined) peer.write(`${JSON.stringify(value)}\n`);
    else if (command.execute === 'guest-sync-delimited') {
      peer.write(Buffer.concat([Buffer.from([0xff]), Buffer.from(`{"return":${command.arguments?.id}}\n`)]));
    }
  }
}

/** Answers everything that is asked of a guest in good health. */
export function healthy({ execute }: AgentCommand): unknown {
  switch (execute) {
    case 'guest-ping':
      return { return: {} };
    case 'guest-network-get-interfaces':
      return { return: [ETH0, LO] };
    case 'guest-get-osinfo':
      return { return: { 'pretty-name': 'Test OS 1' } };
    case 'guest-get-host-name':
      return { return: { 'host-name': 'web-1' } };
    case 'guest-fsfreeze-freeze':
    case 'guest-fsfreeze-thaw':
      return { return: 2 };
    default:
      return undefined;
  }
}

const LO = {
  name: 'lo',
  'hardware-address': '00:00:00:00:00:00',
  'ip-addresses': [{ 'ip-address': '127.0.0.1', 'ip-address-type': 'ipv4', prefix: 8 }],
};
const ETH0 = {
  name: 'eth0',
  'hardware-address': '52:54:00:AA:00:01',
  'ip-addresses': [
    { 'ip-address': 'fe80::1', 'ip-address-type': 'ipv6', prefix: 64 },
    { 'ip-address': '10.0.2.15', 'ip-address-type': 'ipv4', prefix: 24 },
  ],
};
