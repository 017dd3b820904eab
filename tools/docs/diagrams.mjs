// Job: every diagram of the docs renders. How: mermaid itself, from npm into the cache, draws each in jsdom.
import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { ensurePackages } from '../provision/npm-packages.mjs';
import { CACHE, ROOT } from '../provision/paths.mjs';

const FOLDER = join(CACHE, 'diagrams');
const PACKAGES = ['mermaid@11.17.2', 'jsdom@29.1.1'];
const PAGES = ['.', 'docs', 'docs/adr'];

/** @returns {Promise<{where: string, draw: () => Promise<number>}[]>} `draw` gives the bytes of the picture, or throws */
export async function diagrams() {
  const render = await renderer();
  return pages().flatMap((page) => {
    const text = readFileSync(join(ROOT, page), 'utf8');
    return [...text.matchAll(/^```mermaid\n([\s\S]*?)^```$/gm)].map(([, diagram], index) => ({
      where: `${page}, diagram ${index + 1}`,
      draw: () => render(`${page}-${index}`.replaceAll(/\W/g, '-'), diagram),
    }));
  });
}

const pages = () =>
  PAGES.flatMap((folder) =>
    readdirSync(join(ROOT, folder))
      .filter((name) => name.endsWith('.md'))
      .map((name) => join(folder, name)),
  );

async function renderer() {
  await ensurePackages(FOLDER, PACKAGES, 'mermaid');
  const required = createRequire(join(FOLDER, 'package.json'));
  const imported = (name) => import(pathToFileURL(required.resolve(name)));
  const { JSDOM } = await imported('jsdom');
  const { window } = new JSDOM('', { url: 'http://localhost/', pretendToBeVisual: true });
  // jsdom lays nothing out: one size of a text is as good as another
  const width = (element) => 8 * element.textContent.length;
  window.SVGElement.prototype.getBBox = function getBBox() {
    return { x: 0, y: 0, width: width(this), height: 16 };
  };
  window.SVGElement.prototype.getComputedTextLength = function getComputedTextLength() {
    return width(this);
  };
  for (const name of Object.getOwnPropertyNames(window))
    if (!(name in globalThis)) globalThis[name] = window[name];
  const { default: mermaid } = await import(
    pathToFileURL(join(FOLDER, 'node_modules/mermaid/dist/mermaid.core.mjs'))
  );
  mermaid.initialize({ startOnLoad: false, htmlLabels: false, flowchart: { htmlLabels: false } });
  return async (id, diagram) => (await mermaid.render(id, diagram)).svg.length;
}
