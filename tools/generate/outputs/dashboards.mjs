import { boards } from '../../dashboards/boards/index.mjs';
import { dashboard } from '../../dashboards/dashboard.mjs';

const made = () =>
  boards.map((board) => [`${board.uid}.json`, `${JSON.stringify(dashboard(board), null, 2)}\n`]);

/** The dashboards, where compose provisions them from and where the chart can read them. */
export const dashboards = ['deploy/grafana/dashboards', 'helm/vman/dashboards'].map((folder) => ({
  folder,
  files: () => new Map(made().map(([name, text]) => [`${folder}/${name}`, text])),
}));
