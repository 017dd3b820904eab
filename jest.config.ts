import type { Config } from 'jest';

/** TypeScript as ESM through swc; `#libs/*` resolves to sources, not to dist. */
const base = {
  rootDir: import.meta.dirname,
  testEnvironment: 'node',
  testEnvironmentOptions: { customExportConditions: ['vman-src', 'node', 'node-addons'] },
  extensionsToTreatAsEsm: ['.ts'],
  moduleNameMapper: { '^(\\.{1,2}/.*)\\.js$': '$1' },
  modulePathIgnorePatterns: ['<rootDir>/dist', '<rootDir>/.data'],
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      {
        jsc: {
          parser: { syntax: 'typescript', decorators: true },
          transform: { legacyDecorator: true, decoratorMetadata: true, useDefineForClassFields: false },
          target: 'es2023',
          keepClassNames: true,
        },
        module: { type: 'es6' },
        sourceMaps: 'inline',
      },
    ],
  },
} satisfies Config;

/** Where Nest is loaded, it must be loaded before any CommonJS package that requires it. */
const withNest = { ...base, setupFiles: ['<rootDir>/test/preload.ts'] };
const roots = ['<rootDir>/apps', '<rootDir>/libs', '<rootDir>/test', '<rootDir>/faults'];

const config: Config = {
  // Servers and processes on a machine that may be busy: how long a test takes is no promise of it.
  testTimeout: 60_000,
  maxWorkers: 2,
  workerIdleMemoryLimit: '600MB',
  collectCoverageFrom: [
    'apps/**/*.ts',
    'libs/**/*.ts',
    '!**/*.spec.ts',
    '!**/main.ts',
    '!libs/contracts/src/gen/**',
  ],
  coverageReporters: ['text', 'html', 'json'],
  projects: [
    {
      ...base,
      displayName: { name: 'unit', color: 'green' },
      roots,
      testMatch: ['**/*.spec.ts'],
      testPathIgnorePatterns: ['\\.(int|e2e|slow)\\.spec\\.ts$'],
    },
    {
      ...withNest,
      displayName: { name: 'integration', color: 'blue' },
      roots,
      testMatch: ['**/*.int.spec.ts'],
      globalSetup: '<rootDir>/test/jest.global-setup.ts',
      globalTeardown: '<rootDir>/test/jest.global-teardown.ts',
    },
    {
      ...withNest,
      displayName: { name: 'e2e', color: 'magenta' },
      roots,
      testMatch: ['**/*.e2e.spec.ts'],
      globalSetup: '<rootDir>/test/jest.global-setup.ts',
      globalTeardown: '<rootDir>/test/jest.global-teardown.ts',
    },
    {
      ...withNest,
      displayName: { name: 'slow', color: 'yellow' },
      roots,
      testMatch: ['**/*.slow.spec.ts'],
      globalSetup: '<rootDir>/test/jest.global-setup.ts',
      globalTeardown: '<rootDir>/test/jest.global-teardown.ts',
    },
  ],
};

export default config;
