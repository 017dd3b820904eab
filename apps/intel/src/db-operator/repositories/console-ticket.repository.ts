import type { EntityManager } from 'typeorm';
import type { ConsoleKind } from '#libs/contracts';

export interface ConsoleTicket {
  tokenId: string;
  tokenName: string;
  vmId: string;
  kind: ConsoleKind;
  replayBytes: number;
}

/** Tickets of consoles; only their hashes are kept, and each opens one. */
export class ConsoleTicketRepository {
  constructor(private readonly manager: EntityManager) {}

  /** Answers when it expires. */
  async insert(
    sha256: string,
    ticket: Omit<ConsoleTicket, 'tokenName'>,
    validSeconds: number,
  ): Promise<Date> {
    await this.manager.query('DELETE FROM console_tickets WHERE expires_at <= now()');
    const rows: { expires_at: Date }[] = await this.manager.query(
      `INSERT INTO console_tickets (sha256, token_id, vm_id, kind, replay_bytes, expires_at)
       VALUES ($1, $2, $3, $4, $5, now() + $6::int * interval '1 second') RETURNING expires_at`,
      [sha256, ticket.tokenId, ticket.vmId, ticket.kind, ticket.replayBytes, validSeconds],
    );
    return rows[0]?.expires_at ?? new Date(0);
  }

  /** Uses it up; undefined when there is none, or it or its token is no longer valid. */
  async redeem(sha256: string): Promise<ConsoleTicket | undefined> {
    const [rows]: [TicketRow[]] = await this.manager.query(
      `DELETE FROM console_tickets t USING tokens k
       WHERE t.sha256 = $1 AND k.id = t.token_id AND t.expires_at > now()
         AND (k.expires_at IS NULL OR k.expires_at > now())
       RETURNING t.token_id, k.name, t.vm_id, t.kind, t.replay_bytes`,
      [sha256],
    );
    const row = rows[0];
    if (!row) return undefined;
    const { token_id: tokenId, name: tokenName, vm_id: vmId, kind, replay_bytes: replayBytes } = row;
    return { tokenId, tokenName, vmId, kind, replayBytes };
  }

  /** Those of these tokens that are valid now. */
  async validTokens(tokenIds: string[]): Promise<Set<string>> {
    const rows: { id: string }[] = await this.manager.query(
      'SELECT id FROM tokens WHERE id = ANY($1) AND (expires_at IS NULL OR expires_at > now())',
      [tokenIds],
    );
    return new Set(rows.map(({ id }) => id));
  }
}

interface TicketRow {
  token_id: string;
  name: string;
  vm_id: string;
  kind: ConsoleKind;
  replay_bytes: number;
}
