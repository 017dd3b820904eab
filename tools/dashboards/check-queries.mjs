import { parse } from 'yaml';
import { boards } from './boards/index.mjs';

/** What an alert compares its figure with. */
const THRESHOLD = / (==|<|>) [0-9.]+$/;

/**
 * Asks Prometheus for every panel and for what every alert looks at, and prints what came as a table.
 * @returns {Promise<string[]>} what has no data though it should
 */
export async function checkQueries(prometheus, { alertTests, quietTests }) {
  const proofs = new Set(
    testsOf(quietTests).flatMap((test) => test.promql_expr_test.map(({ expr }) => expr)),
  );
  const fired = new Set(testsOf(alertTests).flatMap((test) => test.alert_rule_test.flatMap(firedIn)));
  const asked = [...panels(), ...(await alerts(prometheus))];
  const faults = [];
  for (const { where, what, expr, quiet, alert } of asked) {
    const result = await prometheus.query(expr);
    const good = result.filter(({ value }) => !Number.isNaN(Number(value[1])));
    const proven = alert || proofs.has(expr);
    const verdict = good.length > 0 ? `${good.length} series` : quiet ? `quiet: ${quiet}` : 'NO DATA';
    console.log(`${where.padEnd(20)} ${what.padEnd(44)} ${verdict}`);
    if (good.length === 0 && !quiet) faults.push(`no data: ${where}, ${what}: ${expr}`);
    if (alert && !fired.has(what)) faults.push(`no test lets it fire: ${what}`);
    if (quiet && !proven) faults.push(`quiet, and no test proves it: ${where}, ${what}: ${expr}`);
  }
  console.log(`${asked.length} queries`);
  faults.push(...(await falseAlarms(prometheus)));
  return faults;
}

function panels() {
  return boards.flatMap(({ uid, panels }) =>
    panels.flatMap(({ title, ask, quiet }) =>
      ask.map(([expr]) => ({ where: uid, what: title, expr: expr.replaceAll(/\$\w+/g, '.*'), quiet })),
    ),
  );
}

const testsOf = (text) => parse(text).tests;
const firedIn = ({ alertname, exp_alerts: alerts }) => (alerts.length > 0 ? [alertname] : []);

/** The comparison of an alert is false on a healthy day; what it compares must be there. */
async function alerts(prometheus) {
  const rules = await prometheus.rules();
  const broken = rules.filter((rule) => rule.health === 'err');
  if (broken.length > 0)
    throw new Error(`alerts that cannot be computed: ${broken.map((rule) => rule.name)}`);
  return rules.map(({ name, query }) => ({ where: 'alert', what: name, alert: true, ...figureOf(query) }));
}

/** They tell of the machine that the check runs on. */
const OF_THE_MACHINE = ['VmanStorageLow', 'VmanEventLoopLate'];

/** What holds at the end of a healthy day would, after its `for`, wake somebody. */
async function falseAlarms(prometheus) {
  const faults = [];
  for (const { name, query } of await prometheus.rules()) {
    if (OF_THE_MACHINE.includes(name)) continue;
    const [result] = await prometheus.query(query);
    if (result) faults.push(`true on a healthy day: ${name}: ${query} is ${result.value[1]}`);
  }
  return faults;
}

const FAILED_ONLY = /status=~?"(500\|503|failed)"|outcome="timeout"|handler_failed|malformed|absent\(/;

function figureOf(query) {
  const expr = query.replace(THRESHOLD, '');
  if (expr === query) throw new Error(`an alert without a threshold: ${query}`);
  return {
    expr,
    ...(FAILED_ONLY.test(expr) && {
      quiet: 'counts only what fails; it fires in a test of promtool',
    }),
  };
}
