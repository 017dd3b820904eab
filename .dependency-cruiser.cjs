/** The layers of the code as rules. `npm run check` fails on each breach. */
const lib = (name) => `^libs/${name}/`;
const onlyFrom = (name, to, allowed) => ({
  name,
  severity: 'error',
  from: { path: '^(apps|libs)/', pathNot: allowed },
  to,
});
/** What a lib may import of the other libs; anything else is a breach. */
const mayImport = {
  errors: [],
  contracts: ['errors'],
  domain: ['contracts', 'errors'],
  config: ['errors'],
  logging: ['errors'],
  metrics: ['errors'],
  health: ['logging', 'errors'],
  images: ['contracts', 'errors'],
  qemu: ['contracts', 'errors', 'images'],
  bus: ['contracts', 'config', 'logging', 'metrics', 'errors'],
  client: ['contracts', 'errors'],
};

module.exports = {
  forbidden: [
    { name: 'no-circles', severity: 'error', from: {}, to: { circular: true } },
    {
      name: 'no-orphans',
      severity: 'error',
      from: {
        orphan: true,
        path: '^(apps|libs)/',
        pathNot: ['main\\.ts$', '\\.spec\\.ts$', 'migrations/', '/gen/'],
      },
      to: {},
    },
    {
      name: 'apps-never-import-apps',
      severity: 'error',
      from: { path: '^apps/([^/]+)/' },
      to: { path: '^apps/', pathNot: '^apps/$1/' },
    },
    {
      name: 'libs-never-import-apps',
      severity: 'error',
      from: { path: '^libs/', pathNot: '\\.spec\\.ts$' },
      to: { path: '^apps/' },
    },
    {
      name: 'libs-are-entered-by-their-index',
      severity: 'error',
      from: { path: '^apps/' },
      to: { path: '^libs/[^/]+/src/', pathNot: '^libs/[^/]+/src/(http/)?index\\.ts$' },
    },
    {
      name: 'libs-enter-each-other-by-their-index',
      severity: 'error',
      from: { path: '^libs/([^/]+)/' },
      to: { path: '^libs/[^/]+/src/', pathNot: ['^libs/$1/', '^libs/[^/]+/src/(http/)?index\\.ts$'] },
    },
    ...Object.entries(mayImport).map(([name, allowed]) => ({
      name: `${name}-imports-only-${allowed.join('-') || 'nothing'}`,
      severity: 'error',
      from: { path: lib(name), pathNot: '\\.spec\\.ts$' },
      to: { path: '^libs/', pathNot: [lib(name), ...allowed.map(lib)] },
    })),
    {
      name: 'errors-and-domain-are-pure',
      severity: 'error',
      from: { path: ['^libs/errors/', '^libs/domain/'], pathNot: '\\.spec\\.ts$' },
      to: { dependencyTypes: ['core', 'npm', 'npm-dev', 'npm-optional'] },
    },
    {
      name: 'contracts-use-only-the-codec-runtime',
      severity: 'error',
      from: { path: '^libs/contracts/src/', pathNot: ['^libs/contracts/src/http/', '\\.spec\\.ts$'] },
      to: { dependencyTypes: ['core', 'npm'], pathNot: '@bufbuild/protobuf' },
    },
    {
      name: 'testing-is-for-tests',
      severity: 'error',
      from: { path: '^(apps|libs)/', pathNot: ['\\.(spec|fixture)\\.ts$', lib('testing')] },
      to: { path: lib('testing') },
    },
    onlyFrom('qemu-only-from-operator', { path: lib('qemu') }, [
      lib('qemu'),
      '^apps/operator/',
      lib('testing'),
      '\\.spec\\.ts$',
    ]),
    onlyFrom('native-calls-in-one-file', { path: 'node_modules/koffi' }, [
      '^libs/qemu/src/descriptors/libc\\.ts$',
    ]),
    {
      name: 'command-and-console-use-only-the-client',
      severity: 'error',
      from: { path: '^apps/(cli|console)/', pathNot: '\\.spec\\.ts$' },
      to: { path: '^libs/', pathNot: lib('client') },
    },
    {
      name: 'client-runs-in-browsers',
      severity: 'error',
      from: { path: lib('client'), pathNot: '\\.spec\\.ts$' },
      to: { dependencyTypes: ['core'] },
    },
    onlyFrom('nats-only-in-bus', { path: 'node_modules/@nats-io/' }, [lib('bus'), lib('testing')]),
    onlyFrom('sql-only-in-db-operator', { path: 'node_modules/(typeorm|pg|@nestjs/typeorm)/' }, [
      '^apps/intel/src/db-operator/',
      lib('testing'),
    ]),
    {
      name: 'controllers-and-consumers-do-not-touch-repositories',
      severity: 'error',
      from: { path: '\\.(controller|consumer)\\.ts$' },
      to: { path: '\\.repository\\.ts$' },
    },
    {
      name: 'rules-and-planner-know-no-nest',
      severity: 'error',
      from: { path: '^apps/observer/src/rules/', pathNot: '\\.spec\\.ts$' },
      to: { path: 'node_modules/@nestjs/' },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      conditionNames: ['vman-src', 'import', 'node', 'default'],
      exportsFields: ['exports'],
    },
  },
};
