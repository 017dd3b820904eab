import { describe, expect, it } from '@jest/globals';
import { counter, gauge, histogram } from '#libs/metrics';

describe('a metric', () => {
  it('is the same one when it is asked for again', () => {
    const options = { name: 'vman_again_total', help: 'x' };
    expect(counter(options)).toBe(counter(options));
  });

  it('of another kind under the same name is refused', () => {
    gauge({ name: 'vman_kind_seconds', help: 'x' });
    expect(() => histogram({ name: 'vman_kind_seconds', help: 'x' })).toThrow('another kind');
  });

  it.each(['reads_total', 'vman_Reads_total', 'vman_reads', 'vman__x_total', 'vman_wait_ms_total'])(
    'named %s is refused as a counter',
    (name) => {
      expect(() => counter({ name, help: 'x' })).toThrow(`metric ${name}`);
    },
  );

  it('with _total is refused when it is no counter', () => {
    expect(() => gauge({ name: 'vman_x_total', help: 'x' })).toThrow('only they');
  });
});
