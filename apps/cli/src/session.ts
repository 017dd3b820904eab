import { VmanClient } from '#libs/client';
import { httpFetch } from './connection/http-fetch.js';
import { type Connection, chooseConnection, needsConfig } from './context/choose-connection.js';
import { configPath, readConfig } from './context/config-file.js';
import { readToken } from './context/read-token.js';
import { UsageError } from './errors.js';
import type { Format } from './output/formats.js';
import { dataText, itemText, type Look, listText, type Page } from './output/print.js';
import type { Terminal } from './terminal/terminal.js';
import { VERSION } from './version.js';

/** What may stand in every command line. */
export interface GlobalOptions {
  url?: string;
  context?: string;
  tokenFile?: string;
  output: Format;
  dryRun?: true;
}

/** One run of the command: its terminal, its options, and the client that they lead to. */
export class Session {
  constructor(
    readonly terminal: Terminal,
    private readonly globals: () => GlobalOptions,
  ) {}

  get format(): Format {
    return this.globals().output;
  }

  /** Changes are only tried, so there is nothing to ask for. */
  get dryRun(): boolean {
    return this.globals().dryRun === true;
  }

  async connection(): Promise<Connection> {
    const flags = this.globals();
    const { env } = this.terminal;
    const config = needsConfig(flags, env) ? await readConfig(configPath(this.terminal)) : { contexts: {} };
    return chooseConnection(flags, env, config);
  }

  /** The client; without a token it says how to get one. */
  async client(retries?: number): Promise<VmanClient> {
    const connection = await this.connection();
    const token = await readToken(connection);
    if (token === undefined) {
      throw new UsageError(
        `There is no token for ${connection.url}.`,
        'Set VMAN_TOKEN or VMAN_TOKEN_FILE, or store one: vman context set NAME --url URL --token-file FILE.',
      );
    }
    const { dryRun } = this.globals();
    const ports = { fetch: httpFetch };
    return new VmanClient({
      url: connection.url,
      token,
      userAgent: `vman-cli/${VERSION}`,
      retries,
      dryRun,
      ports,
    });
  }

  async printList<T>(items: readonly T[], look: Look<T>): Promise<void> {
    this.terminal.out.write(await listText(items, look, this.page()));
  }

  async printItem<T>(item: T, look: Look<T>): Promise<void> {
    this.terminal.out.write(await itemText(item, look, this.page()));
  }

  /** A sentence for people, the name for `-o name`, or the data. */
  async printOutcome(sentence: string, name: string, data: unknown): Promise<void> {
    const { format } = this;
    switch (format) {
      case 'table':
      case 'wide':
        return this.say(sentence);
      case 'name':
        return this.say(name);
      case 'json':
      case 'yaml':
        this.terminal.out.write(await dataText(data, format));
    }
  }

  say(line: string): void {
    this.terminal.out.write(`${line}\n`);
  }

  page(): Page {
    return { out: this.terminal.out, format: this.format, nowMs: this.terminal.nowMs() };
  }
}
