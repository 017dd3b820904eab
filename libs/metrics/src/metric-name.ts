/** Names follow Prometheus' own rules, so that nobody has to look up a unit. */
const NAME = /^vman_[a-z][a-z0-9]*(_[a-z0-9]+)*$/;
const OTHER_UNITS = /_(ms|milliseconds|minutes|kib|mib|gib|percent)(_total)?$/;

/**
 * @throws Error when the name lacks `vman_`, is not snake case, names a unit other than the base unit, or is a
 * counter without `_total`
 */
export function checkMetricName(name: string, kind: 'counter' | 'gauge' | 'histogram'): void {
  if (!NAME.test(name)) throw new Error(`metric ${name}: names are vman_ and snake case`);
  if (OTHER_UNITS.test(name)) throw new Error(`metric ${name}: use seconds, bytes or ratio`);
  const total = name.endsWith('_total');
  if (total !== (kind === 'counter'))
    throw new Error(`metric ${name}: counters, and only they, end in _total`);
}
