/**
 * A Grafana dashboard of rows of panels, as the JSON that Grafana provisions. A panel is what it asks and how it looks;
 * where it stands follows from its place in the list.
 */
const DATASOURCE = { type: 'prometheus', uid: 'vman-prometheus' };
const COLUMNS = 24;
const HEIGHT = 8;

/**
 * @typedef {object} Panel
 * @property {string} title
 * @property {string} [about] what a reader should know of it
 * @property {'graph' | 'stat' | 'table' | 'heat'} [look]
 * @property {string} [unit] Grafana's name of the unit
 * @property {number} [width] of 24 columns; 8 when left out
 * @property {[string, string][]} ask PromQL, and the legend of its series
 * @property {string} [quiet] why it may have no data; a rule test proves it then
 */

/** @param {{uid: string, title: string, about: string, variables?: object[], panels: Panel[]}} board */
export function dashboard({ uid, title, about, variables = [], panels }) {
  let x = 0;
  let y = 0;
  const placed = panels.map((panel, index) => {
    const w = panel.width ?? 8;
    if (x + w > COLUMNS) {
      x = 0;
      y += HEIGHT;
    }
    const gridPos = { x, y, w, h: HEIGHT };
    x += w;
    return { id: index + 1, gridPos, ...shown(panel) };
  });
  return {
    uid,
    title,
    description: about,
    tags: ['vman'],
    schemaVersion: 39,
    editable: false,
    refresh: '10s',
    time: { from: 'now-1h', to: 'now' },
    timezone: 'browser',
    links: [{ title: 'VMAN', type: 'dashboards', tags: ['vman'], asDropdown: true, keepTime: true }],
    templating: { list: variables },
    panels: placed,
  };
}

const TYPES = { graph: 'timeseries', stat: 'stat', table: 'table', heat: 'heatmap' };

function shown({ title, about = '', look = 'graph', unit = 'short', ask }) {
  return {
    type: TYPES[look],
    title,
    description: about,
    datasource: DATASOURCE,
    fieldConfig: { defaults: { unit, min: look === 'graph' ? 0 : undefined }, overrides: [] },
    options: look === 'graph' ? { tooltip: { mode: 'multi' }, legend: { displayMode: 'list' } } : {},
    targets: ask.map(([expr, legend], index) => ({
      refId: String.fromCharCode(65 + index),
      datasource: DATASOURCE,
      expr,
      legendFormat: legend,
      ...(look === 'table' && { format: 'table', instant: true }),
      ...(look === 'heat' && { format: 'heatmap' }),
    })),
  };
}

/** A choice above the dashboard among the values of a label. */
export function choice(name, label, metric) {
  return {
    name,
    label: name,
    type: 'query',
    datasource: DATASOURCE,
    query: { query: `label_values(${metric}, ${label})`, refId: 'choice' },
    refresh: 2,
    includeAll: true,
    multi: true,
    allValue: '.*',
    current: { text: 'All', value: '$__all' },
  };
}
