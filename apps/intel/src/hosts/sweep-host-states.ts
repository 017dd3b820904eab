/**
 * Tells of hosts whose state has changed, also by mere silence. Every replica looks; a host's row is held while one
 * tells, together with what it told last, so that each change is told once. Changes by people are told with them.
 */
import { Inject, Injectable } from '@nestjs/common';
import { v7 as uuidv7 } from 'uuid';
import { CLOCK, type Clock } from '#libs/clock';
import { Database } from '../db-operator/index.js';
import { systemActor } from '../http/index.js';
import { Sweep } from '../sweeping/index.js';

const EVERY_MS = 1_000;

@Injectable()
export class SweepHostStates extends Sweep {
  constructor(
    @Inject(Database) private readonly database: Database,
    @Inject(CLOCK) clock: Clock,
  ) {
    super({ clock, everyMs: EVERY_MS, of: 'the states of hosts' });
  }

  async sweep(): Promise<void> {
    const { origin, requestId } = systemActor(uuidv7());
    if (!(await this.database.read((tx) => tx.hosts.haveUntoldStates()))) return;
    await this.database.transaction((tx) => tx.hosts.tellStates({ cause: origin, requestId }));
  }
}
