import { mkdir, open, rename } from 'node:fs/promises';
import { dirname } from 'node:path';
import { Inject, Injectable, Logger } from '@nestjs/common';
import { Database } from '../db-operator/index.js';
import { INTEL_CONFIG, type IntelConfig } from '../intel.config.js';
import { makeToken } from './make-token.js';

/**
 * An installation without any token gets its first one: an admin's, written into a file that only its owner reads.
 * The file is there before the transaction commits, so that no crash leaves a token that nobody knows.
 */
@Injectable()
export class FirstToken {
  private readonly logger = new Logger(FirstToken.name);

  constructor(
    @Inject(Database) private readonly database: Database,
    @Inject(INTEL_CONFIG) private readonly config: IntelConfig,
  ) {}

  async ensure(): Promise<void> {
    const path = this.config.bootstrapTokenFile;
    await this.database.transaction(async (tx) => {
      if ((await tx.tokens.count()) > 0) return;
      const { secret } = await makeToken(tx, {
        name: 'first',
        role: 'admin',
        project: null,
        expiresAt: null,
      });
      await writeSecret(path, secret);
      this.logger.log(`the first admin token was written to ${path}`);
    });
  }
}

async function writeSecret(path: string, secret: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  const part = `${path}.${process.pid}`;
  {
    await using file = await open(part, 'w', 0o600);
    await file.chmod(0o600);
    await file.writeFile(`${secret}\n`);
    await file.sync();
  }
  await rename(part, path);
}
