import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { freshImage, ImportStage } from './kill-imports.js';

let stage: ImportStage;

beforeAll(async () => {
  stage = await ImportStage.open();
}, 120_000);

afterAll(() => stage?.end(), 30_000);

describe('an import during which intel is killed', () => {
  it(
    'is finished once it is back, when its source is a file',
    () => stage.killDuringImport('intel.template.judged'),
    300_000,
  );

  it('is finished when it was an upload that had been judged', async () => {
    await stage.start('intel.template.named');
    await stage.send(await stage.announce('uploaded'), freshImage());
    await stage.running?.gone();
    await stage.start();
    const { sha256 } = await stage.becomes('uploaded', 'ready');
    expect(stage.store).toContain(sha256);
    expect(stage.parts).toEqual([]);
  }, 300_000);
});
