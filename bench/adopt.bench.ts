import { join } from 'node:path';
import { testFolder } from '#libs/testing';
import { PROJECT } from '../test/e2e/stack/project-root.js';
import { adoptCrowd, launchCrowd, removeCrowd } from '../test/operator/crowd.js';
import { OperatorProcess } from '../test/operator/operator-process.js';
import { TestHost } from '../test/operator/test-host.js';
import type { Bench } from './bench.js';
import { spread } from './measure/median.js';

const VMS = 50;
const ROUNDS = 5;
const GOAL_MS = 2000;

/** From the start of an operator until it shows all that runs on its host, while one QEMU is frozen. */
export const adopt: Bench = {
  name: 'adopt',
  what: `${VMS} bare QEMUs found again by a new operator, one of them frozen`,
  goal: `all shown < ${GOAL_MS} ms after the operator's own start`,
  async run(say) {
    const folder = testFolder('ba');
    const host = await TestHost.start(folder);
    const operator = new OperatorProcess(join(PROJECT, 'dist/apps/operator/src/main.js'), host);
    try {
      const crowd = await launchCrowd(host, operator, VMS);
      const start: number[] = [];
      const adopted: number[] = [];
      for (let round = 0; round < ROUNDS; round++) {
        const { startMs, adoptMs, beat } = await adoptCrowd(host, operator, crowd);
        const hung = beat.vms.filter((row) => row.reason === 'monitor-hung').length;
        const paused = beat.vms.filter((row) => row.state === 'paused').length;
        if (hung !== 1 || paused !== VMS - 1) throw new Error(`${paused} adopted, ${hung} hung`);
        start.push(startMs);
        adopted.push(adoptMs);
        if (round < ROUNDS - 1) await operator.end('SIGKILL');
      }
      await removeCrowd(host, crowd);
      const figures = {
        startMs: spread(start).median,
        adoptMs: spread(adopted).median,
        adoptMaxMs: spread(adopted).max,
      };
      for (const [key, value] of Object.entries(figures)) say(`${key.padEnd(10)} ${value}`);
      return { figures, holds: figures.adoptMs < GOAL_MS };
    } finally {
      await operator.end('SIGKILL');
      await host.stop();
    }
  },
};
