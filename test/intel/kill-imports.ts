/** Templates of an intel that is a process and dies where a test says so. */
import { randomBytes } from 'node:crypto';
import { readdirSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { join } from 'node:path';
import { expect } from '@jest/globals';
import type { TemplateChangeView, TemplateView } from '#libs/contracts/http';
import { waitFor } from '#libs/testing';
import { soundQcow2 } from '../images/qcow2-builder.js';
import { type CompiledIntel, compileIntel } from './compile-intel.js';
import { IntelProcess } from './intel-process.js';
import { IntelUnderTest } from './intel-under-test.js';

const RETURN_MS = 60_000;

/** A sound image that no other test has. */
export function freshImage(): Buffer {
  const image = soundQcow2();
  image.write(randomBytes(16).toString('hex'), image.length - 100);
  return image;
}

export class ImportStage {
  running: IntelProcess | undefined;

  private constructor(
    private readonly intel: IntelUnderTest,
    private readonly compiled: CompiledIntel,
  ) {}

  static async open(): Promise<ImportStage> {
    const [intel, compiled] = await Promise.all([IntelUnderTest.start(), compileIntel()]);
    await intel.down();
    return new ImportStage(intel, compiled);
  }

  async end(): Promise<void> {
    await this.running?.end('SIGKILL');
    await this.intel.end();
    this.compiled.remove();
  }

  async start(death = ''): Promise<void> {
    const fault: Record<string, string> = death
      ? { VMAN_FAILPOINTS: `${death}=crash`, VMAN_ALLOW_FAILPOINTS: 'true' }
      : {};
    this.running = new IntelProcess(this.compiled.main, this.intel.port, {
      ...this.intel.environment(),
      ...fault,
    });
    await this.running.ready();
  }

  /** What lies in the image store. */
  get store(): string[] {
    return readdirSync(join(this.intel.folder, 'images'));
  }

  get parts(): string[] {
    return this.store.filter((it) => it.startsWith('.part-'));
  }

  async announce(name: string): Promise<string> {
    const body = { name, format: 'qcow2', source: { type: 'upload' } };
    return (await this.intel.request<TemplateChangeView>('POST', '/v1/templates', body)).body.template.id;
  }

  /** Sends `part` of what it claims to send; resolves when the connection is over. */
  send(id: string, part: Buffer, claimed = part.length): Promise<void> {
    return new Promise((done) => {
      const sending = request({
        host: '127.0.0.1',
        port: this.intel.port,
        method: 'PUT',
        path: `/v1/templates/${id}/content`,
        headers: {
          authorization: `Bearer ${this.intel.token}`,
          'content-type': 'application/octet-stream',
          'content-length': claimed,
        },
      });
      sending.on('error', () => done());
      sending.on('response', (response) => response.resume().on('end', done));
      if (claimed === part.length) sending.end(part);
      else sending.write(part);
    });
  }

  becomes(name: string, state: string): Promise<TemplateView> {
    const look = async () => {
      const { body } = await this.intel.request<TemplateView>('GET', `/v1/templates/${name}`);
      return body.state === state && body;
    };
    return waitFor(look, { timeoutMs: RETURN_MS, what: `the template ${name} is ${state}` });
  }

  /** An import of a file on the server during which intel dies: the next one finishes it. */
  async killDuringImport(death: string): Promise<void> {
    const name = death.split('.').at(-1) ?? '';
    writeFileSync(join(this.intel.importFolder, name), freshImage());
    await this.start(death);
    const body = { name, format: 'qcow2', source: { type: 'file', path: name } };
    await this.intel.request('POST', '/v1/templates', body);
    await this.running?.gone();
    await this.start();
    const { sha256 } = await this.becomes(name, 'ready');
    expect(this.store).toContain(sha256);
    expect(this.parts).toEqual([]);
    await this.running?.end('SIGKILL');
  }
}
