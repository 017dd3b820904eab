import { groups } from './settings.mjs';

const head = `# Settings of VMAN. Copy to .env and remove the # of what you change; docs/CONFIGURATION.md explains all.
# The command line and the environment win over this file.
`;

/** .env.example: every setting, commented out, with its default or an example. */
export const envExample = {
  files() {
    const parts = groups.map(
      ({ title, settings }) => `# --- ${title} ---\n\n${settings.map(entry).join('\n')}`,
    );
    return new Map([['.env.example', `${head}\n${parts.join('\n')}`]]);
  },
};

function entry(setting) {
  const notes = [setting.description];
  if (setting.required) notes.push('Required.');
  if (setting.secret) notes.push(`Or the path of a file that holds it: ${setting.env}_FILE`);
  const fixed = setting.default?.includes('<') ? undefined : setting.default;
  return `${notes.map((note) => `# ${note}\n`).join('')}#${setting.env}=${fixed ?? setting.example ?? ''}\n`;
}
