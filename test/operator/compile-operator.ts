/** The operator's sources as plain JavaScript in a folder of their own, for tests that kill it as a process. */
import { existsSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { transformFile } from '@swc/core';

const PROJECT = join(import.meta.dirname, '..', '..');

/** Puts it into `<parent>/code`, once, and gives the path of its main.js. */
export async function compileOperator(parent: string): Promise<string> {
  const folder = join(parent, 'code');
  const main = join(folder, 'apps/operator/src/main.js');
  if (existsSync(main)) return main;
  const sources = ['apps/operator/src', 'libs'].flatMap((root) =>
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
  const imports = { '#libs/*': './libs/*/src/index.js' };
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ type: 'module', imports }));
  symlinkSync(join(PROJECT, 'node_modules'), join(folder, 'node_modules'));
  return main;
}
