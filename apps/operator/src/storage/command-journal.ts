/**
 * One-shot commands, durable before they are acknowledged. From then on this journal alone drives them: attempts
 * are counted here, results are kept until a day after the deadline, so that a command that comes again is answered
 * and not run again.
 */
import { join } from 'node:path';
import type { Clock } from '#libs/clock';
import type { Command, CommandResult, CommandStatus, Failure, RepairEvent } from '#libs/contracts';
import { JournalReserve } from './journal-reserve.js';
import { readJson, removeDurably, writeJson } from './json-file.js';
import { listFolder } from './paths.js';

/** How far back answers are told again. */
const ANSWER_AGAIN_MS = 3_600_000;
const KEPT_AFTER_DEADLINE_MS = 25 * 3_600_000;

export interface JournalEntry {
  command: Command;
  status: CommandStatus | 'accepted';
  failure?: Failure;
  result?: CommandResult;
  progressPercent?: number;
  /** Of a repair that this host decided by itself: it is told as a decision, and nobody waits for an answer. */
  decided?: RepairEvent;
  attempts: number;
  atMs: number;
}

export class CommandJournal {
  private readonly entries = new Map<string, JournalEntry>();
  private readonly reserve: JournalReserve;
  /** The last write of each entry, while it lasts: they reach the disk in their order. */
  private readonly writes = new Map<string, Promise<void>>();

  constructor(
    private readonly folder: string,
    private readonly clock: Clock,
  ) {
    this.reserve = new JournalReserve(join(folder, 'reserve'));
  }

  /** Reads what is there and drops results that nobody asks for any more. */
  async load(): Promise<void> {
    for (const name of await listFolder(this.folder)) {
      if (!name.endsWith('.json')) continue;
      const entry = await readJson<JournalEntry>(join(this.folder, name));
      if (entry) this.entries.set(entry.command.operationId, entry);
    }
    await this.sweep();
  }

  get(operationId: string): JournalEntry | undefined {
    return this.entries.get(operationId);
  }

  /** Whether somebody asked for its end. */
  isCancelled(operationId: string): boolean {
    return [...this.entries.values()].some(({ command: { action } }) => {
      return action.$case === 'cancelCommand' && action.value.cancelledOperationId === operationId;
    });
  }

  /** Commands that are not finished, oldest first. */
  open(): JournalEntry[] {
    return [...this.entries.values()].filter(isOpen).sort((a, b) => a.atMs - b.atMs);
  }

  /** Those whose answer may not have been heard: it is told again after the bus was away. */
  finished(): JournalEntry[] {
    const recent = this.clock.now() - ANSWER_AGAIN_MS;
    return [...this.entries.values()].filter((entry) => !isOpen(entry) && entry.atMs > recent);
  }

  /** The entry with what changes of it, durable once it resolves; when it throws, all is as before. */
  async put(entry: JournalEntry, change: Partial<JournalEntry> = {}): Promise<void> {
    const { operationId } = entry.command;
    const content = { ...entry, ...change };
    const write = async (): Promise<void> => {
      await this.reserve.write(() => writeJson(this.pathOf(operationId), content));
      this.entries.set(operationId, Object.assign(entry, change));
    };
    const before = this.writes.get(operationId);
    const mine = before === undefined ? write() : before.catch(() => {}).then(write);
    this.writes.set(operationId, mine);
    try {
      await mine;
    } finally {
      if (this.writes.get(operationId) === mine) this.writes.delete(operationId);
    }
  }

  async sweep(): Promise<void> {
    for (const [operationId, entry] of this.entries) {
      if (isOpen(entry) || entry.command.deadlineAtMs + KEPT_AFTER_DEADLINE_MS > this.clock.now()) continue;
      this.entries.delete(operationId);
      await removeDurably(this.pathOf(operationId));
    }
    await this.reserve.refill();
  }

  private pathOf(operationId: string): string {
    return join(this.folder, `${operationId}.json`);
  }
}

function isOpen(entry: JournalEntry): boolean {
  return entry.status === 'accepted' || entry.status === 'running';
}
