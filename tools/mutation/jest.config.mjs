// The unit tests of libs/domain alone, each run for every mutant that they reach.
import { join } from 'node:path';
import config from '../../jest.config.ts';

const unit = config.projects.find(({ displayName }) => displayName.name === 'unit');
const { displayName: _, ...shared } = unit;
const root = process.cwd();

export default {
  ...shared,
  rootDir: root,
  setupFiles: [join(root, 'tools', 'mutation', 'quick-properties.mjs')],
  roots: [join(root, 'libs', 'domain')],
  // the sandbox lies below .data
  modulePathIgnorePatterns: [join(root, 'dist')],
};
