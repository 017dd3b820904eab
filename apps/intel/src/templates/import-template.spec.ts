import { describe, expect, it } from '@jest/globals';
import type { Database, TemplateEntity } from '../db-operator/index.js';
import { ImportTemplates } from './import-template.usecase.js';

const template = { id: '0197a0de-0000-7000-8000-000000000001', state: 'importing', sourceType: 'url' };

/** A database in which this template waits, and whose locks end like that. */
function imports(tried: () => 'done' | 'held-by-another', waiting: () => object[]) {
  const database = {
    read: async () => waiting() as TemplateEntity[],
    // Like a question to a server: others get their turn meanwhile.
    exclusively: async () => {
      await new Promise((resolve) => setImmediate(resolve));
      return tried();
    },
  } as unknown as Database;
  const unused = undefined as never;
  return new ImportTemplates(database, unused, unused, unused, unused);
}

/** Whatever follows without a timer has happened. */
async function settled(): Promise<void> {
  for (let turn = 0; turn < 50; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}

describe('an import that waits', () => {
  it('is left to the replica that is at it, and not tried again until somebody asks', async () => {
    let tries = 0;
    const running = imports(
      () => {
        tries += 1;
        return 'held-by-another';
      },
      () => [template],
    );
    running.wake();
    await settled();
    expect(tries).toBe(1);
    running.wake();
    await settled();
    expect(tries).toBe(2);
    await running.stop();
  });

  it('is followed by the next one when it ends', async () => {
    const left = [1, 2, 3, 4, 5, 6].map((digit) => ({
      ...template,
      id: template.id.replace(/.$/, String(digit)),
    }));
    const running = imports(
      () => {
        left.shift();
        return 'done';
      },
      () => [...left],
    );
    running.wake();
    await settled();
    expect(left).toEqual([]);
    await running.stop();
  });
});
