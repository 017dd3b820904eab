import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { expectGolden } from '../../../test/cli/expect-golden.js';
import { TestTerminal } from '../../../test/cli/test-terminal.js';
import { aHost, anOperation, aTemplate, aVm } from '../../../test/fake-api/builders.js';
import { FakeApi } from '../../../test/fake-api/fake-api.js';
import { problem, TOKEN } from '../../../test/fake-api/fake-state.js';
import { anEvent } from '../../../test/fake-api/more-builders.js';

let api: FakeApi;
const terminal = (options: { tty?: boolean; env?: Record<string, string> } = {}) =>
  new TestTerminal({ tty: options.tty, env: { VMAN_URL: api.url, VMAN_TOKEN: TOKEN, ...options.env } });

/** Runs a line that is to succeed and gives what it printed. */
async function out(line: string): Promise<string> {
  const shell = terminal();
  const exitCode = await shell.run(line);
  expect({ exitCode, stderr: exitCode === 0 ? '' : shell.stderr }).toEqual({ exitCode: 0, stderr: '' });
  return shell.stdout;
}

beforeEach(async () => {
  api = await FakeApi.start();
});
afterEach(() => api.stop());

describe('lists and sheets', () => {
  beforeEach(() => {
    const failed = aVm(3, 'broken', { labels: {} });
    Object.assign(failed.status, {
      state: 'failed',
      reason: 'no image',
      failure: { code: 'image_missing', message: 'The image is gone.', hint: 'Put it back.' },
      portForwards: [],
      pid: undefined,
    });
    failed.status.conditions.push({
      type: 'RestartRequired',
      status: 'true',
      reason: 'spec-changed',
      message: 'These wait for the next start: vcpus.',
    });
    failed.status.restart.nextAt = '2026-01-02T12:01:00Z';
    api.vms.push(failed);
    api.hosts.push(
      aHost(2, 'beta', { state: 'unknown', accelerator: 'tcg', acceleratorReason: 'no /dev/kvm' }),
    );
    api.hosts.push(aHost(3, 'gamma', { state: 'draining', dryRun: true }));
    api.templates.push(
      aTemplate(2, 'half', {
        state: 'importing',
        fileBytes: undefined,
        virtualBytes: undefined,
        defaults: {},
      }),
      aTemplate(3, 'bad', {
        state: 'failed',
        error: {
          code: 'image_unsafe',
          message: 'It has a backing file.',
          hint: 'Flatten it.',
          retryable: 'after_change',
        },
      }),
    );
    const step = {
      step: 'launch',
      outcome: 'failed' as const,
      startedAt: '2026-01-02T11:58:00Z',
      durationMs: 1500,
    };
    api.operations = [
      anOperation(1, {
        status: 'failed',
        steps: [{ ...step, step: 'create-disk', outcome: 'done', durationMs: 80 }, step],
        finishedAt: '2026-01-02T11:58:04Z',
        error: {
          code: 'insufficient_memory',
          message: 'Too big.',
          hint: 'Make it smaller.',
          retryable: 'after_change',
        },
        mayCancel: false,
      }),
      anOperation(2, {
        kind: 'vm.repair',
        origin: 'observer',
        reason: 'crashed',
        detectedAt: '2026-01-02T11:57:59Z',
      }),
      anOperation(3, { status: 'queued', startedAt: undefined }),
      anOperation(4, { status: 'cancelled' }),
      anOperation(5, { status: 'succeeded', kind: 'template.import' }),
    ];
  });

  it.each([
    'vm list',
    'vm list -o wide',
    'vm list -o name',
    'vm list -o json',
    'vm get hello',
    'vm get broken',
    'vm get hello -o yaml',
    'vm get hello -o wide',
    'host list',
    'host list -o wide',
    'host get beta',
    'template list -o wide',
    'template get bad',
    'operation list',
    'operation list -o wide',
    'token list -o wide',
  ])('%s', async (line) => {
    expectGolden(`${line.replaceAll(' ', '_')}.txt`, await out(line));
  });

  it('an operation with its steps', async () => {
    const id = api.operations[0]!.id;
    expectGolden('operation_get.txt', await out(`operation get ${id}`));
    expect(await out(`operation list --limit 0 -o name`)).toBe('');
  });

  it('are in colour on a terminal alone, and never when it was declined', async () => {
    const shell = terminal({ tty: true });
    await shell.run('vm list');
    expectGolden('vm_list_tty.txt', shell.stdout);
    expect(await out('vm list')).not.toContain('\u001b');
  });

  it('send the filters on and read all pages', async () => {
    await out('vm list --state running --host alpha -l tier=web --sort -name --project p --name hello');
    const { searchParams } = new URL(api.seen[0]!.url, 'http://x');
    expect(Object.fromEntries(searchParams)).toEqual({
      state: 'running',
      host: 'alpha',
      label: 'tier=web',
      sort: '-name',
      project: 'p',
      name: 'hello',
      limit: '1000',
    });
    await out('operation list --vm hello --status failed');
    expect(api.seen.at(-1)!.url).toContain(`vm=${api.vms[0]!.id}`);
  });
});

describe('changes', () => {
  it('create a VM from options and show the steps', async () => {
    const shell = terminal();
    const line =
      'vm create web-2 -t debian --vcpus 2 --memory 1GiB --disk 20 --forward 8080:80 -l a=b --restart always ' +
      '--machine q35 --firmware uefi --cpu-model host --project default --stopped --protect';
    expect(await shell.run(line)).toBe(0);
    expect(api.seen[0]!.body).toEqual({
      name: 'web-2',
      template: 'debian',
      vcpus: 2,
      memoryMiB: 1024,
      disks: [{ sizeGiB: 20 }],
      nics: [{ portForwards: [{ hostPort: 8080, guestPort: 80 }] }],
      labels: { a: 'b' },
      restart: { policy: 'always' },
      machine: 'q35',
      firmware: 'uefi',
      cpuModel: 'host',
      project: 'default',
      desiredState: 'stopped',
      deletionProtection: true,
    });
    expect(shell.stdout).toBe('web-2: running\n');
    expectGolden('progress.txt', shell.stderr);
  });

  it('create a VM in networks, on hosts that are wanted', async () => {
    const line =
      'vm create web-3 --network lan --network dmz --forward 80 --host-label zone=a --apart-from app=web ' +
      '--failover --vnc --no-wait';
    await out(line);
    expect(api.seen[0]!.body).toEqual({
      name: 'web-3',
      nics: [{ network: 'lan', portForwards: [{ guestPort: 80 }] }, { network: 'dmz' }],
      placement: { hostLabels: { zone: 'a' }, antiAffinity: [{ labels: { app: 'web' }, required: true }] },
      failover: true,
      vnc: true,
    });
    await out('vm update hello --no-vnc --no-wait');
    expect(api.seen.findLast(({ method }) => method === 'PATCH')?.body).toEqual({ vnc: false });
    await out(
      'vm update hello --strategy pack --near app=db --prefer-apart-from app=web --no-failover --no-wait',
    );
    expect(api.seen.findLast(({ method }) => method === 'PATCH')?.body).toEqual({
      placement: {
        strategy: 'pack',
        affinity: [{ labels: { app: 'db' }, required: true }],
        antiAffinity: [{ labels: { app: 'web' }, required: false }],
      },
      failover: false,
    });
    await out('host update alpha -l rack=a -l old- --cpu-overcommit 4');
    expect(api.seen.at(-1)?.body).toEqual({ labels: { rack: 'a', old: null }, cpuOvercommit: 4 });
    expect(await terminal().run('host update alpha')).toBe(2);
  });

  it('turn on a terminal and leave no trace of it', async () => {
    const shell = terminal({ tty: true });
    expect(await shell.run('vm start hello')).toBe(0);
    // how often it turned depends on the machine
    const parts = shell.stderr.replace(/[⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏]/g, '*').split('\r');
    expectGolden('progress_tty.txt', parts.filter((part, index) => part !== parts[index - 1]).join('\r'));
  });

  it('return at once when nobody waits', async () => {
    expect(await out('vm stop hello --no-wait')).toMatch(/^hello: vm.stop accepted, operation 01900002-/);
    expect(api.seen).toHaveLength(1);
  });

  it('give names or data to those who want them', async () => {
    expect(await terminal().run('vm pause hello -o json')).toBe(0);
    const shell = terminal();
    await shell.run('vm resume hello -o json');
    expect(JSON.parse(shell.stdout)).toMatchObject({
      vm: { name: 'hello' },
      operation: { status: 'succeeded' },
    });
    const named = terminal();
    await named.run('vm reset hello -o name');
    expect(named.stdout).toBe('hello\n');
  });

  it('of several VMs go on after one failed, and say so by the exit code', async () => {
    const shell = terminal();
    expect(await shell.run('vm start absent hello')).toBe(3);
    expect(shell.stderr).toContain('absent: error: There is no such VM. [not_found]');
    expect(shell.stdout).toBe('hello: running\n');
  });

  it('send what the verbs take', async () => {
    await terminal().run('vm shutdown hello --guest-timeout 90s --force');
    await terminal().run('vm reboot hello --guest-timeout 1m --force');
    expect(api.seen.filter(({ method }) => method === 'POST').map(({ body }) => body)).toEqual([
      { timeoutSeconds: 90, thenForce: true },
      { timeoutSeconds: 60, force: true },
    ]);
  });

  it('of the spec name only what was given', async () => {
    const line =
      'vm update hello --vcpus 4 --memory 2G -l x=1 -l tier- --restart never --no-protect --forward 81';
    expect(await terminal().run(line)).toBe(0);
    expect(api.seen.find(({ method }) => method === 'PATCH')!.body).toEqual({
      vcpus: 4,
      memoryMiB: 2048,
      labels: { x: '1', tier: null },
      restart: { policy: 'never' },
      deletionProtection: false,
      nics: [{ portForwards: [{ guestPort: 81 }] }],
    });
    await terminal().run('vm update hello --name other');
    expect(api.seen.findLast(({ method }) => method === 'PATCH')!.body).toEqual({ name: 'other' });
    await terminal().run('vm update hello --no-forward');
    expect(api.seen.findLast(({ method }) => method === 'PATCH')!.body).toEqual({
      nics: [{ portForwards: [] }],
    });
    expect(await terminal().run('vm update hello')).toBe(2);
  });

  it('that fail say what the operation says, and end with 1', async () => {
    const error = {
      code: 'image_missing',
      message: 'The image is gone.',
      hint: 'Put it back.',
      retryable: 'later' as const,
    };
    api.outcome = { status: 'failed', error };
    const shell = terminal();
    expect(await shell.run('vm start hello')).toBe(1);
    expect(shell.stdout).toBe('');
    expectGolden('failed_operation.txt', shell.stderr);
  });

  it('can be left alone by Ctrl-C', async () => {
    const shell = terminal();
    shell.onWrite = (_name, text) => {
      if (text.includes('create-disk')) shell.pressCtrlC();
    };
    expect(await shell.run('vm start hello')).toBe(130);
    expect(shell.stderr).toContain(`The operation goes on: vman operation wait ${api.operations[0]!.id}`);
  });

  it('wait no longer than told', async () => {
    const shell = terminal();
    expect(await shell.run('vm start hello --timeout 0s')).toBe(7);
    expect(shell.stderr).toContain('[wait_timeout]');
  });
});

describe('deleting', () => {
  it('asks first, and a no is a no', async () => {
    const shell = terminal({ tty: true });
    shell.answers = ['n'];
    expect(await shell.run('vm delete hello')).toBe(0);
    expect(shell.questions).toEqual(['Delete hello and all disks? [y/N] ']);
    expect(api.changes).toEqual([]);
  });

  it('does it after a yes', async () => {
    const shell = terminal({ tty: true });
    shell.answers = ['yes'];
    expect(await shell.run('vm rm hello')).toBe(0);
    expect(shell.stdout).toBe('hello: deleted\n');
  });

  it('needs --yes where nobody can be asked', async () => {
    const shell = terminal();
    expect(await shell.run('vm delete hello')).toBe(2);
    expect(shell.stderr).toContain('Add --yes.');
    expect(await terminal().run('template delete debian')).toBe(2);
  });

  it('is refused by the API when the VM is protected', async () => {
    api.vms[0]!.spec.deletionProtection = true;
    const shell = terminal();
    expect(await shell.run('vm delete hello -y')).toBe(6);
    expectGolden('error_protected.txt', shell.stderr);
  });

  it('of templates and tokens takes names', async () => {
    expect(await out('template delete debian -y')).toBe('debian: deleted\n');
    expect(await out('token delete ci -y')).toBe('ci: revoked\n');
    expect(api.tokens).toEqual([]);
    expect(await terminal().run('token delete ci -y')).toBe(3);
    api.tokens = [aVm(1, 'x'), aVm(2, 'x')] as never;
    expect(await terminal().run('token delete x -y')).toBe(2);
    const shell = terminal({ tty: true });
    expect(await shell.run('token rm x')).toBe(0);
    expect(await shell.run('template rm debian')).toBe(0);
    expect(shell.stdout).toBe('Nothing was revoked.\nNothing was deleted.\n');
  });
});

describe('templates, tokens, operations', () => {
  it('are made', async () => {
    const shell = terminal();
    const line =
      'template create alpine --server-file alpine.raw --format raw --sha256 ab --vcpus 1 --memory 256';
    expect(await shell.run(line)).toBe(0);
    expect(shell.stdout).toBe('alpine: ready\n');
    expect(api.seen[0]!.body).toEqual({
      name: 'alpine',
      format: 'raw',
      source: { type: 'file', path: 'alpine.raw' },
      sha256: 'ab',
      defaults: { vcpus: 1, memoryMiB: 256 },
    });
    expect(await out('template create b --server-file b --no-wait')).toMatch(
      /^b: import accepted, operation /,
    );
    const image = join(mkdtempSync(join(tmpdir(), 'vman-cli-')), 'disk.raw');
    writeFileSync(image, 'content');
    const upload = terminal();
    expect(await upload.run(`template create up --file ${image} --family deb --machine pc`)).toBe(0);
    const [created, sent] = api.seen.filter((it) => it.method !== 'GET').slice(-2);
    expect(created!.body).toMatchObject({
      source: { type: 'upload' },
      family: 'deb',
      defaults: { machine: 'pc' },
    });
    expect([sent!.method, sent!.body]).toEqual(['PUT', 'content']);
    rmSync(dirname(image), { recursive: true });
    for (const odd of ['', '--file a --url b', '--file /absent']) {
      expect(await terminal().run(`template create odd ${odd}`)).toBe(2);
    }
    expect(await out('token create bot --role viewer --expires-in 24h --project p')).toBe('vman_secret\n');
    expect(api.seen.at(-1)!.body).toEqual({
      name: 'bot',
      role: 'viewer',
      project: 'p',
      expiresAt: '2026-01-03T12:00:00.000Z',
    });
  });

  it('are waited for and cancelled', async () => {
    await out('vm start hello --no-wait');
    const { id } = api.operations[0]!;
    expect(await out(`operation cancel ${id}`)).toBe('vm.start of hello: cancelled\n');
    const shell = terminal();
    expect(await shell.run(`op wait ${id}`)).toBe(1);
    expect(shell.stderr).toContain('[cancelled]');
    await out('vm start hello --no-wait');
    const waiting = terminal();
    expect(await waiting.run(`operation wait ${api.operations[0]!.id}`)).toBe(0);
    expect(waiting.stdout).toBe('vm.start of hello: succeeded\n');
  });
});

describe('the last words of a VM', () => {
  it('are those of its console, which cannot steer the terminal', async () => {
    expect(await out('vm logs hello --tail-bytes 100')).toBe('booting\r\n\u001b[2Jlogin: ');
    expect(api.seen[0]!.url).toContain('tailBytes=100');
    const shell = terminal({ tty: true });
    await shell.run('vm logs hello');
    expect(shell.stdout).toBe('booting\n\ufffd[2Jlogin: ');
  });

  it('are kept for each exit', async () => {
    expectGolden('vm_exits.txt', await out('vm exits hello'));
    expectGolden('vm_exit.txt', await out('vm exits hello 1'));
    expect(await out('vm exits hello -o name')).toBe('1\n');
    expect(await terminal().run('vm exits hello 9')).toBe(3);
  });
});

describe('a program in the guest', () => {
  it('has its outputs, its environment and its exit code', async () => {
    const shell = terminal();
    shell.stdin = 'words';
    expect(await shell.run('vm exec hello -i --timeout 5s -e A=b -- /bin/test -f 3')).toBe(3);
    expect([shell.stdout, shell.stderr]).toEqual(['ran /bin/test\n', 'noise\n']);
    expect(api.seen[0]!.body).toEqual({
      path: '/bin/test',
      arguments: ['-f', '3'],
      environment: ['A=b'],
      stdin: 'words',
      timeoutSeconds: 5,
    });
    expect(await terminal().run('vm exec hello /bin/true')).toBe(0);
  });

  it('that was killed fails', async () => {
    const shell = terminal();
    expect(await shell.run('vm exec hello x killed')).toBe(1);
    expect(shell.stderr).toContain('ended by signal 9');
    expect(JSON.parse(await out('vm exec hello x 3 -o json'))).toMatchObject({ exitCode: 3 });
  });

  it('is never started a second time by itself', async () => {
    api.instead.push('cut');
    expect(await terminal().run('vm exec hello /bin/true')).toBe(5);
    expect(api.seen).toHaveLength(1);
  });
});

describe('waiting for a VM', () => {
  it('ends when it is so', async () => {
    expect(await out('vm wait hello --for running')).toBe('hello: running\n');
    expect(await out('vm wait hello -o name')).toBe('hello\n');
  });

  it('ends with 7 when it is not in time', async () => {
    const shell = terminal();
    expect(await shell.run('vm wait hello --for stopped --timeout 100ms')).toBe(7);
  });
});

describe('the trash', () => {
  it('takes VMs, shows them, and gives them back', async () => {
    const texts: string[] = [];
    const lines = [
      'vm delete hello --keep-for 7d -y',
      'vm list',
      'vm trash',
      'vm trash -o wide',
      'vm get hello',
    ];
    for (const line of [...lines, 'vm restore hello', 'vm trash', 'vm delete hello --purge -y']) {
      texts.push(`$ vman ${line}\n${await out(line)}`);
    }
    expectGolden('trash.txt', texts.join('\n'));
    expect(api.changes.map((it) => it.replace('/v1/vms/hello', ''))).toEqual([
      'DELETE ?purgeAt=2026-01-09T12%3A00%3A00.000Z',
      'POST /restore',
      'DELETE ?purge=true',
    ]);
    expect(await terminal().run('vm delete web-1 --purge --keep-for 1h -y')).toBe(2);
  });

  it('and VMs that expire, and how long a project keeps them', async () => {
    await out('vm create brief --expires-in 8h');
    expect(api.seen[0]?.body).toEqual({ name: 'brief', expiresAt: '2026-01-02T20:00:00.000Z' });
    await out('vm update brief --no-expiry');
    expect(api.seen.findLast(({ method }) => method === 'PATCH')?.body).toEqual({ expiresAt: null });
    for (const [word, seconds] of Object.entries({ '7d': 604_800, off: 0, default: null })) {
      await out(`project update shop --trash-retention ${word}`);
      expect(api.seen.at(-1)?.body).toEqual({ trashRetentionSeconds: seconds });
    }
  });
});

describe('a dry run', () => {
  it('says what a change would do, and changes nothing', async () => {
    const texts: string[] = [];
    for (const line of ['vm create new --dry-run', 'vm delete hello web-1 --dry-run -o wide']) {
      texts.push(`$ vman ${line}\n${await out(line)}`);
    }
    expectGolden('dry_run.txt', texts.join('\n'));
    expect(JSON.parse(await out('--dry-run host cordon alpha -o json'))).toMatchObject({
      answer: { status: 202 },
    });
    expect(
      api.seen.filter(({ method }) => method !== 'GET').every(({ url }) => url.endsWith('dryRun=true')),
    ).toBe(true);
    expect(api.vms).toHaveLength(2);
  });

  it('is refused as the change would be', async () => {
    api.instead.push(problem('placement_failed', 'No host.'));
    expect(await terminal().run('vm create new --dry-run')).toBe(6);
  });
});

describe('every filter of the API', () => {
  it.each([
    ['vm list --sort -name --updated-since 2026-01-01T00:00:00Z', '/v1/vms', 'sort=-name'],
    ['host list -l rack=a --state ready', '/v1/hosts', 'label=rack%3Da'],
    ['network list --project shop --kind managed', '/v1/networks', 'project=shop'],
    ['template list --family debian', '/v1/templates', 'family=debian'],
    ['token list --role viewer', '/v1/tokens', 'role=viewer'],
    ['operation list --project shop', '/v1/operations', 'project=shop'],
  ])('%s', async (line, path, query) => {
    await out(line);
    const { url } = api.seen.at(-1)!;
    expect(url.startsWith(`${path}?`)).toBe(true);
    expect(url).toContain(query);
    expect(url).not.toContain('watch');
  });
});

describe('watching', () => {
  it('shows it in place on a terminal until Ctrl-C', async () => {
    const shell = terminal({ tty: true });
    shell.onWrite = () => shell.pressCtrlC();
    expect(await shell.run('vm list -w')).toBe(130);
    expect(shell.stdout.startsWith('\u001b[H\u001b[J')).toBe(true);
    expect(shell.stderr).toBe('');
  });

  /** Runs it, and after each text that it shows does the next thing; Ctrl-C is last. */
  async function watched(line: string, ...steps: [shown: string, then?: () => void][]) {
    const shell = terminal();
    shell.onWrite = () => {
      const [shown, change] = steps[0] ?? [''];
      if (!shell.stdout.includes(shown)) return;
      steps.shift();
      if (!change) return shell.pressCtrlC();
      change();
      happens();
    };
    expect(await shell.run(line)).toBe(130);
    return shell.stdout;
  }
  let number = 10;
  /** Told once somebody listens. */
  const happens = () => {
    const tell = () => (api.followers > 0 ? api.tell(anEvent(number++)) : void setTimeout(tell, 5));
    tell();
  };

  const stops = () => Object.assign(api.vms[0]!.status, { state: 'stopped' });
  const comes = () => void api.vms.push(aVm(3, 'fresh', { labels: {} }));
  const goes = () => void api.vms.splice(0, 1);

  it('prints a line for each VM that changed, not the list again', async () => {
    const text = await watched(
      'vm list -w',
      ['hello', stops],
      ['stopped', comes],
      ['fresh', goes],
      ['hello  is gone'],
    );
    expectGolden('vm_list_watch.txt', text);
    // It read when something happened, and not otherwise.
    expect(api.seen.filter(({ url }) => url.startsWith('/v1/vms')).length).toBeLessThanOrEqual(6);
  });

  it('gives data, a JSON object for each change', async () => {
    const text = await watched(
      'vm list -w -o json',
      ['web-1', stops],
      ['"change":"changed"', goes],
      ['removed'],
    );
    const changes = text
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(changes.map(({ change, item }) => `${change} ${item.name}`)).toEqual([
      'added hello',
      'added web-1',
      'changed hello',
      'removed hello',
    ]);
  });

  it('of one VM prints the facts that changed', async () => {
    const text = await watched('vm get hello -w', ['running', stops], ['stopped']);
    expect(text.slice(text.lastIndexOf('State:'))).toBe('State: stopped\n');
  });

  it('of one VM ends when it is gone, and does not begin when it is not there', async () => {
    const shell = terminal();
    shell.onWrite = (name) => {
      if (name === 'out') {
        goes();
        happens();
      }
    };
    expect(await shell.run('vm get hello -w -o name')).toBe(0);
    expect(shell.stderr).toBe('It is gone.\n');
    expect(await terminal().run('vm get absent -w')).toBe(3);
  });
});

describe('wrong command lines', () => {
  it.each([
    ['vm lsit', 'Did you mean list?'],
    ['vn list', 'Did you mean vm?'],
    ['vm list --stat running', 'Did you mean --state?'],
    ['vm list --state asleep', 'Allowed choices are'],
    ['vm create', "missing required argument 'name'"],
    ['vm create x --memory lots', 'It must be a size'],
    ['token create x', "required option '--role"],
    ['context use nowhere', 'There is no context nowhere'],
    ['vm list --context nowhere', 'There is no context nowhere'],
  ])('%s ends with 2 and helps', async (line, message) => {
    const shell = terminal();
    expect(await shell.run(line)).toBe(2);
    expect(shell.stderr).toContain(message);
    expect(api.seen).toEqual([]);
  });

  it.each(['vm get helo', 'vm stop helo', 'vm delete helo -y', 'host get alhpa', 'disk delete dta -y'])(
    '%s names what is called alike',
    async (line) => {
      const shell = terminal();
      expect(await shell.run(line)).toBe(3);
      expect(shell.stderr).toMatch(/hint: Did you mean (hello|alpha|data)\?/);
    },
  );

  it('without a verb show the help, as an error', async () => {
    const shell = terminal();
    expect(await shell.run('vm')).toBe(2);
    expect(shell.stderr).toContain('Usage: vman vm');
    expect(await terminal().run('')).toBe(2);
  });

  it('without a token say how to get one', async () => {
    const shell = new TestTerminal({ env: { VMAN_URL: api.url } });
    expect(await shell.run('vm list')).toBe(2);
    expect(shell.stderr).toContain('There is no token for');
  });
});

describe('help and version', () => {
  it('are asked for and end with 0', async () => {
    expect(await out('--version')).toBe('0.1.0\n');
    expect(await out('vm start --help')).toContain('Usage: vman vm start');
    expect(await out('help vm')).toContain('Usage: vman vm');
  });
});

describe('refusals', () => {
  it('show every faulty field', async () => {
    const shell = terminal();
    expect(await shell.run('vm create NO')).toBe(6);
    expectGolden('error_fields.txt', shell.stderr);
  });

  it('are data for those who want data', async () => {
    const shell = terminal();
    expect(await shell.run('vm get absent -o json')).toBe(3);
    expect(JSON.parse(shell.stderr).error).toMatchObject({ code: 'not_found', requestId: 'request-1' });
    const inline = terminal();
    expect(await inline.run('vm get absent --output=yaml')).toBe(3);
    expect(JSON.parse(inline.stderr).error.code).toBe('not_found');
  });

  it('of the token end with 4', async () => {
    const shell = terminal({ env: { VMAN_TOKEN: 'wrong' } });
    expect(await shell.run('vm list')).toBe(4);
    expect(shell.stderr).toContain('[unauthorized]');
  });

  it('by silence end with 5', async () => {
    api.instead.push(
      ...Array(4).fill({ ...problem('unavailable', 'Away.'), headers: { 'retry-after': '0' } }),
    );
    expect(await terminal().run('host list')).toBe(5);
  });
});

describe('enrolling a host into a file', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'vman-enroll-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it('makes no credentials that it cannot write', async () => {
    writeFileSync(join(folder, 'there.creds'), 'kept');
    const shell = terminal();
    expect(await shell.run(`host enroll rack3 --out ${folder}/there.creds`)).toBe(2);
    expect(shell.stderr).toContain(`${folder}/there.creds cannot be made: EEXIST.`);
    expect(readFileSync(join(folder, 'there.creds'), 'utf8')).toBe('kept');
  });

  it('leaves no file behind when it is refused', async () => {
    expect(
      await terminal({ env: { VMAN_TOKEN: 'wrong' } }).run(`host enroll rack3 --out ${folder}/new.creds`),
    ).toBe(4);
    expect(readdirSync(folder)).toEqual([]);
  });
});
