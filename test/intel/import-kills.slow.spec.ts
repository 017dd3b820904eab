import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { waitFor } from '#libs/testing';
import { freshImage, ImportStage } from './kill-imports.js';

let stage: ImportStage;

beforeAll(async () => {
  stage = await ImportStage.open();
}, 60_000);

afterAll(() => stage?.end(), 30_000);

describe('an import during which intel is killed', () => {
  it.each(['intel.template.import', 'intel.template.named', 'intel.template.kept'])(
    'at %s is finished once it is back, when its source is a file',
    (death) => stage.killDuringImport(death),
    60_000,
  );

  it('is given up, and nothing of it is left, when it was an upload that was not judged yet', async () => {
    const before = stage.store;
    await stage.start('intel.template.judged');
    const [half, whole] = [await stage.announce('half'), await stage.announce('whole')];
    const broken = stage.send(half, freshImage().subarray(0, 100_000), 300_000);
    await waitFor(() => stage.parts.length === 1, { what: 'the first upload is under way' });
    await Promise.all([stage.send(whole, freshImage()), broken]);
    await stage.running?.gone();
    expect(stage.parts).toHaveLength(2);
    await stage.start();
    for (const name of ['half', 'whole']) {
      expect(await stage.becomes(name, 'failed')).toMatchObject({ error: { code: 'upload_interrupted' } });
    }
    expect(stage.store).toEqual(before);
  }, 90_000);
});
