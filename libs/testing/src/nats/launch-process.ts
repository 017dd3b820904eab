import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { findNatsServer } from './find-nats-server.js';
import type { NatsLaunch, NatsRun } from './nats-run.js';

/** The last of what it said, enough to see why it ended. */
const KEPT_CHARACTERS = 2000;

export async function launchProcess({ name, port, dataDir, token, config }: NatsLaunch): Promise<NatsRun> {
  const args = ['-a', '127.0.0.1', '-p', String(port), '-js', '-sd', dataDir, '-n', name];
  if (token) args.push('--auth', token);
  if (config !== undefined) {
    const file = join(dataDir, 'server.conf');
    writeFileSync(file, config, { mode: 0o600 });
    args.push('-c', file);
  }
  const child = spawn(findNatsServer(), args, { stdio: ['ignore', 'ignore', 'pipe'] });
  let said = '';
  child.stderr.on('data', (chunk) => {
    said = (said + chunk).slice(-KEPT_CHARACTERS);
  });
  const gone = once(child, 'close');
  await once(child, 'spawn');
  const ended = () => child.exitCode !== null || child.signalCode !== null;
  return {
    freeze: async () => void child.kill('SIGSTOP'),
    thaw: async () => void child.kill('SIGCONT'),
    failure: () => (ended() ? said : undefined),
    async end(how) {
      if (!ended()) child.kill(how === 'orderly' ? 'SIGTERM' : 'SIGKILL');
      await gone;
    },
  };
}
