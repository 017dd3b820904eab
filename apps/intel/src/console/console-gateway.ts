/**
 * Where browsers and the command open consoles: one WebSocket each, joined to the host of the VM over the bus, so
 * that no host has an open port. Who may is decided by a ticket that works once; a page of a foreign origin, and one
 * session too many, are refused. A session ends when its token is revoked, its VM stops, its host or this process
 * goes; it never outlives either end.
 */
import { randomUUID } from 'node:crypto';
import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { Inject, Injectable, Logger } from '@nestjs/common';
import { type WebSocket, WebSocketServer } from 'ws';
import { Bus, ByteStream, NoReply, STREAM_TICK_MS, type Stoppable } from '#libs/bus';
import { CLOCK, type Clock, delay, type Timer } from '#libs/clock';
import {
  consoleReplyCodec,
  consoleRequestCodec,
  type StreamEndReason,
  streamFrameCodec,
  subjects,
} from '#libs/contracts';
import { isErrorCode, VmanError } from '#libs/errors';
import { contextOfRequest } from '#libs/logging';
import { type ConsoleTicket, Database, type SeenVm } from '../db-operator/index.js';
import { asKnownError, problemOf } from '../http/index.js';
import { INTEL_CONFIG, type IntelConfig } from '../intel.config.js';
import { closeOfEnd, closeOfError } from './close-of.js';
import { CLOSE_MS, ConsoleSocket } from './console-socket.js';
import { hashOfTicket } from './open-console.usecase.js';
import { CONSOLE_PATH, protocolOf, ticketOfRequest } from './ticket-of-request.js';

const SESSIONS_PER_TOKEN = 16;
/** Of one frame; larger ones end the session. */
const FRAME_BYTES_MAX = 256 * 1024;
const TICKET_WAIT_MS = 10_000;
const HOST_ANSWER_MS = 10_000;
/** How long a revoked token keeps its consoles. */
const LOOK_MS = 1_000;

interface Session extends ConsoleTicket {
  id: string;
  hostId: string;
  stream: ByteStream;
  socket: ConsoleSocket;
  listening: Stoppable;
}

@Injectable()
export class ConsoleGateway {
  private readonly logger = new Logger(ConsoleGateway.name);
  private readonly server = new WebSocketServer({
    noServer: true,
    maxPayload: FRAME_BYTES_MAX,
    handleProtocols: protocolOf,
  });
  private readonly origins: readonly string[];
  private readonly sessions = new Map<string, Session>();
  private timer: Timer | undefined;
  private tickedAt = 0;
  private closing = false;

  constructor(
    @Inject(Database) private readonly database: Database,
    @Inject(Bus) private readonly bus: Bus,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(INTEL_CONFIG) private readonly config: IntelConfig,
  ) {
    const origins = (config.consoleOrigins ?? '').split(',').filter(Boolean);
    this.origins = origins.map((it) => new URL(it).origin);
  }

  /** Takes the WebSockets of this HTTP server. */
  attach(http: Server): void {
    http.on('upgrade', (request, socket, head) => this.upgrade(request, socket, head));
  }

  /** Ends all sessions; no new one begins. */
  stop(): void {
    this.closing = true;
    this.timer?.cancel();
    for (const { stream } of [...this.sessions.values()]) stream.end('leaving');
    for (const client of this.server.clients) client.close(1001);
    this.clock.setTimeout(() => {
      for (const client of this.server.clients) client.terminate();
    }, CLOSE_MS);
  }

  private upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    socket.on('error', () => socket.destroy());
    try {
      const ticket = ticketOfRequest(request, this.origins);
      if (this.closing) throw new VmanError('unavailable', 'The service goes down.');
      if (this.server.clients.size >= this.config.consoleMaxSessions) {
        throw new VmanError('rate_limited', 'Too many consoles are open.', { retryAfterSeconds: 30 });
      }
      this.server.handleUpgrade(request, socket, head, (client) => void this.welcome(client, ticket));
    } catch (error) {
      refuse(socket, asKnownError(error), contextOfRequest(request).requestId);
    }
  }

  private async welcome(client: WebSocket, ticketOfProtocol: string | undefined): Promise<void> {
    const socket = new ConsoleSocket(client, this.clock);
    try {
      const given = ticketOfProtocol ?? (await this.firstFrame(socket));
      const ticket = await this.database.transaction((tx) => tx.consoleTickets.redeem(hashOfTicket(given)));
      if (!ticket) throw noTicket();
      this.refuseTooMany(ticket);
      await this.begin(socket, ticket);
    } catch (thrown) {
      const error = asKnownError(thrown);
      if (error.code === 'internal') this.logger.error({ err: error.cause }, 'a console could not be opened');
      socket.close(closeOfError(error));
    }
  }

  private firstFrame(socket: ConsoleSocket): Promise<string> {
    const tooLate = delay(this.clock, TICKET_WAIT_MS).then(() => {
      throw noTicket();
    });
    return Promise.race([socket.ticket(), tooLate]);
  }

  private refuseTooMany({ tokenId }: ConsoleTicket): void {
    const own = [...this.sessions.values()].filter((it) => it.tokenId === tokenId).length;
    if (own < SESSIONS_PER_TOKEN) return;
    throw new VmanError('rate_limited', `This token has ${own} consoles open.`, { retryAfterSeconds: 30 });
  }

  private async begin(socket: ConsoleSocket, ticket: ConsoleTicket): Promise<void> {
    const seen = await this.database.read((tx) => tx.vms.get(ticket.vmId));
    if (!seen) throw new VmanError('not_found', 'There is no such VM.');
    const id = randomUUID();
    const { hostId } = seen.vm;
    const stream: ByteStream = new ByteStream({
      send: (body) => this.bus.publish(subjects.streamIn(hostId, id), streamFrameCodec, { body }),
      now: () => this.clock.monotonic(),
      onData: (bytes) => socket.send(bytes, () => stream.took(bytes.length)),
      onRoom: () => socket.flush(),
      onEnd: (reason) => this.ended(id, reason),
    });
    const out = subjects.streamOut(hostId, id);
    const listening = this.bus.subscribe(out, streamFrameCodec, ({ body }) => stream.accept(body));
    this.sessions.set(id, { ...ticket, id, hostId, stream, socket, listening });
    try {
      await this.askHost(seen, ticket, id);
    } catch (error) {
      this.sessions.delete(id);
      listening.stop();
      // The host may have begun, and only its answer was lost.
      stream.end('closed');
      throw error;
    }
    const { vmId, kind, tokenName: actor } = ticket;
    this.logger.log({ sessionId: id, vmId, kind, actor }, 'a console was opened');
    socket.begin({ room: () => stream.room, write: (bytes) => stream.write(bytes) });
    socket.onClose(() => stream.end('closed'));
    this.timer ??= this.tickLater();
  }

  private async askHost({ vm, hostName }: SeenVm, ticket: ConsoleTicket, sessionId: string): Promise<void> {
    const { kind, replayBytes, vmId } = ticket;
    const { errorCode, errorMessage } = await this.bus
      .request(
        subjects.hostRpc(vm.hostId, 'console'),
        consoleRequestCodec,
        { hostId: vm.hostId, vmId, sessionId, kind, replayBytes },
        consoleReplyCodec,
        HOST_ANSWER_MS,
      )
      .catch((cause) => {
        if (!(cause instanceof NoReply)) throw cause;
        throw new VmanError('host_unreachable', `The host ${hostName} does not answer.`, { cause });
      });
    if (errorCode) throw new VmanError(isErrorCode(errorCode) ? errorCode : 'internal', errorMessage);
  }

  private ended(id: string, reason: StreamEndReason): void {
    const session = this.sessions.get(id);
    if (!session) return;
    this.sessions.delete(id);
    session.listening.stop();
    session.socket.close(closeOfEnd(reason));
    const { sent, received } = session.stream.counts;
    const { vmId, kind, tokenName: actor } = session;
    this.logger.log({ sessionId: id, vmId, kind, actor, reason, sent, received }, 'a console was closed');
  }

  private tickLater(): Timer {
    return this.clock.setTimeout(() => void this.tick(), LOOK_MS);
  }

  private async tick(): Promise<void> {
    const now = this.clock.monotonic();
    if (now - this.tickedAt >= STREAM_TICK_MS) {
      this.tickedAt = now;
      for (const { stream, socket } of [...this.sessions.values()]) {
        stream.tick();
        socket.tick();
      }
    }
    await this.endRevoked();
    this.timer = this.sessions.size > 0 && !this.closing ? this.tickLater() : undefined;
  }

  private async endRevoked(): Promise<void> {
    const tokenIds = [...new Set([...this.sessions.values()].map((it) => it.tokenId))];
    try {
      const valid = await this.database.read((tx) => tx.consoleTickets.validTokens(tokenIds));
      for (const { tokenId, stream } of [...this.sessions.values()]) {
        if (tokenIds.includes(tokenId) && !valid.has(tokenId)) stream.end('revoked');
      }
    } catch (error) {
      this.logger.warn(
        { err: error },
        'the tokens of consoles could not be looked at; the next time they are',
      );
    }
  }
}

const noTicket = () =>
  new VmanError('unauthorized', 'The ticket is not valid any more.', {
    hint: 'Get a new one; each works once.',
  });

/** Answers a request for a WebSocket that is not granted, as the API would. */
function refuse(socket: Duplex, error: VmanError, requestId: string): void {
  const problem = problemOf(error, CONSOLE_PATH, requestId);
  const body = JSON.stringify(problem);
  const head = [
    `HTTP/1.1 ${problem.status} ${problem.title}`,
    'content-type: application/problem+json',
    `content-length: ${Buffer.byteLength(body)}`,
    `x-request-id: ${requestId}`,
    'cache-control: no-store',
    'connection: close',
  ];
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`);
}
