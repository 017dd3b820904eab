import { randomBytes } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { Database } from '../db-operator/index.js';

/** The key that signs image tickets: made once, the same in all replicas. */
@Injectable()
export class TicketKey {
  private key: Promise<string> | undefined;

  constructor(@Inject(Database) private readonly database: Database) {}

  value(): Promise<string> {
    this.key ??= this.database
      .read((tx) => tx.secrets.ensure('image-ticket-key', randomBytes(32).toString('base64url')))
      .catch((error) => {
        this.key = undefined;
        throw error;
      });
    return this.key;
  }
}
