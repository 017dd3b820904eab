/** The description as intel serves it, to programs and to people. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { parse } from 'yaml';
import { IntelUnderTest } from './intel-under-test.js';

const FILE = join(import.meta.dirname, '..', '..', 'openapi', 'intel.yaml');

let intel: IntelUnderTest;
beforeAll(async () => {
  intel = await IntelUnderTest.start();
}, 60_000);
afterAll(() => intel.end(), 60_000);

async function get(path: string): Promise<{ url: string; status: number; headers: Headers; text: string }> {
  const response = await fetch(`http://127.0.0.1:${intel.port}${path}`);
  const { url, status, headers } = response;
  return { url, status, headers, text: await response.text() };
}

describe('the description', () => {
  it('is served as JSON and as YAML, and is the one that is checked in', async () => {
    const checkedIn = parse(readFileSync(FILE, 'utf8'));
    expect(JSON.parse((await get('/openapi.json')).text)).toEqual(checkedIn);
    expect(parse((await get('/openapi.yaml')).text)).toEqual(checkedIn);
    expect(checkedIn.openapi).toMatch(/^3\.1\./);
  });
});

describe('the page for people', () => {
  it('loads nothing from outside, and could not', async () => {
    const page = await get('/docs');
    expect(page.status).toBe(200);
    const html = page.text;
    const loaded = [...html.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, url]) => String(url));
    const assets = loaded.filter((url) => !url.startsWith('#'));
    expect(assets.length).toBeGreaterThan(3);
    for (const asset of assets) {
      const { origin, pathname } = new URL(asset, page.url);
      expect(origin).toBe(new URL(page.url).origin);
      expect((await get(pathname)).status).toBe(200);
    }
    const policy = page.headers.get('content-security-policy') ?? '';
    const sources = policy.split(';').flatMap((it) => it.trim().split(' ').slice(1));
    expect(policy).toContain("default-src 'self'");
    expect(policy).toContain("script-src 'self';");
    expect(sources.filter((it) => !["'self'", "'none'", "'unsafe-inline'", 'data:'].includes(it))).toEqual(
      [],
    );
  });

  it('has no script in itself, so that its policy lets all of it run', async () => {
    const html = (await get('/docs')).text;
    expect(html).not.toMatch(/<script(?![^>]*\bsrc=)[^>]*>[^<]*\S/);
  });

  it('tells its styles and scripts no address elsewhere to load from', async () => {
    const css = (await get('/docs/swagger-ui.css')).text;
    const urls = [...css.matchAll(/url\(([^)]+)\)/g)].map(([, url]) => String(url).replace(/["']/g, ''));
    expect(urls.filter((url) => !url.startsWith('data:') && /^(https?:)?\/\//.test(url))).toEqual([]);
    expect(css).not.toMatch(/@import/);
  });
});

describe('every answer', () => {
  it('may be read by pages of its own origin alone', async () => {
    const { headers } = await get('/v1/vms');
    expect(headers.get('access-control-allow-origin')).toBe(`http://127.0.0.1:${intel.port}`);
    expect(headers.get('x-request-id')).toMatch(/./);
  });
});
