import { afterAll, afterEach, beforeAll, describe, it, jest } from '@jest/globals';
import { expectNoLeftovers } from '#libs/testing';
import {
  BACKUP_KILLS,
  type BackupStage,
  killDuringBackup,
  startBackupStage,
} from '../../../../test/operator/kill-backup.js';

jest.setTimeout(60_000);

const leftovers = expectNoLeftovers('kb');
let stage: BackupStage;

beforeAll(async () => {
  stage = await startBackupStage(leftovers.folder);
});

afterEach(() => stage.operator.end('SIGKILL'));

afterAll(async () => {
  await stage?.host.stop();
  await leftovers.check({ allowed: ['code/', 's/', 'pool/'] });
});

describe('an operator that is killed in the middle of a backup', () => {
  it('while the disks are copied is followed by one that finishes it, with nothing left over', () =>
    killDuringBackup(stage, BACKUP_KILLS.always));
});
