import { Entity, PrimaryColumn } from 'typeorm';
import type { Role } from '#libs/contracts/http';
import { Text, Time } from './columns.js';

/** An API token; only its hash is kept. */
@Entity('tokens')
export class TokenEntity {
  @PrimaryColumn('uuid') id!: string;
  @Text('name') name!: string;
  @Text('role') role!: Role;
  /** The only project it sees; null: all. */
  @Text('project', { nullable: true }) project!: string | null;
  @Text('sha256') sha256!: string;
  @Time('created_at') createdAt!: Date;
  @Time('expires_at', { nullable: true }) expiresAt!: Date | null;
  /** Roughly: written at most once a minute. */
  @Time('last_used_at', { nullable: true }) lastUsedAt!: Date | null;
}
