/** The sources of intel as plain JavaScript in a folder of their own, for tests that kill it as a process. */
import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { transformFile } from '@swc/core';

const PROJECT = join(import.meta.dirname, '..', '..');

export interface CompiledIntel {
  main: string;
  remove(): void;
}

/** The folder lies in the project, where the packages are found. */
export async function compileIntel(): Promise<CompiledIntel> {
  const folder = join(PROJECT, '.data', 'test', `intel-${process.pid}`);
  const sources = ['apps/intel/src', 'libs'].flatMap((root) =>
    readdirSync(join(PROJECT, root), { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.ts') && !/\.(spec|d)\.ts$/.test(name) && !name.startsWith('testing/'))
      .map((name) => join(root, name)),
  );
  await Promise.all(
    sources.map(async (source) => {
      const { code } = await transformFile(join(PROJECT, source), {
        swcrc: false,
        jsc: {
          parser: { syntax: 'typescript', decorators: true },
          transform: { legacyDecorator: true, decoratorMetadata: true, useDefineForClassFields: false },
          target: 'es2023',
          keepClassNames: true,
        },
        module: { type: 'es6' },
      });
      const target = join(folder, source.replace(/\.ts$/, '.js'));
      mkdirSync(dirname(target), { recursive: true });
      writeFileSync(target, code);
    }),
  );
  const imports = {
    '#libs/contracts/http': './libs/contracts/src/http/index.js',
    '#libs/*': './libs/*/src/index.js',
  };
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ type: 'module', imports }));
  return {
    main: join(folder, 'apps/intel/src/main.js'),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}
