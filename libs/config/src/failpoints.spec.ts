import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from '@jest/globals';
import { armFailpoints, disarmFailpoints, FailpointError, failpoint, failpointSync } from './failpoints.js';
import type { FailpointAction } from './setting.js';

afterEach(disarmFailpoints);
const arm = (action: FailpointAction) => armFailpoints(new Map([['p', action]]));

describe('a failpoint', () => {
  it('does nothing when none or another is armed', async () => {
    await failpoint('p');
    failpointSync('p');
    arm({ kind: 'error' });
    await failpoint('other');
    failpointSync('other');
  });

  it('throws', async () => {
    arm({ kind: 'error' });
    await expect(failpoint('p')).rejects.toThrow(FailpointError);
    expect(() => failpointSync('p')).toThrow(FailpointError);
  });

  it('pauses', async () => {
    arm({ kind: 'pause', ms: 20 });
    const start = performance.now();
    await failpoint('p');
    failpointSync('p');
    expect(performance.now() - start).toBeGreaterThan(35);
  });

  it.each(['await failpoint("p")', 'failpointSync("p")'])('kills the process at once: %s', (call) => {
    const code = `
      const { armFailpoints, failpoint, failpointSync } = await import(${JSON.stringify(join(import.meta.dirname, 'failpoints.ts'))});
      armFailpoints(new Map([['p', { kind: 'crash' }]]));
      process.on('exit', () => console.log('handlers ran'));
      ${call};
      await new Promise((resolve) => setTimeout(resolve, 5000));`;
    const result = spawnSync(process.execPath, ['--input-type=module', '-e', code], { encoding: 'utf8' });
    expect(result).toMatchObject({ signal: 'SIGKILL', stdout: '' });
  });
});
