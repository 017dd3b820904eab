import { APP_SETTINGS } from '#libs/config';

const apps = Object.entries(APP_SETTINGS);
const inAll = (key) => apps.every(([, settings]) => key in settings);

/** The settings in groups: what all services share, then what each has of its own. */
export const groups = [
  {
    app: 'common',
    title: 'All services',
    settings: Object.entries(apps[0][1]).filter(([key]) => inAll(key)),
  },
  ...apps.map(([app, settings]) => ({
    app,
    title: app,
    settings: Object.entries(settings).filter(([key]) => !inAll(key)),
  })),
].map((group) => ({ ...group, settings: group.settings.map(([, setting]) => setting) }));
