// Job: distribution packages as plain files: their names and versions asked of apt, the packages
// downloaded and unpacked into a folder of ours, never installed.
// How: `apt-get download` and `dpkg -x` need no privileges; when the lists are missing and may not be
// refreshed for the whole system, private lists in the cache are used instead.
// Assumes Debian or a derivative with its sources configured.
import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { CACHE } from './paths.mjs';
import { findProgram, run, succeeds } from './run.mjs';

const QUIET_ENV = { ...process.env, LC_ALL: 'C', DEBIAN_FRONTEND: 'noninteractive' };
// biome-ignore lint/suspicious/noTemplateCurlyInString: dpkg's own placeholders
const NAME_AND_VERSION = '--showformat=${Package} ${Version}';
const isRoot = process.getuid?.() === 0;
let lists = [];

/** What to put before a command that needs root: nothing, sudo, or undefined when there is no way. */
export async function asRoot({ mayAsk = false } = {}) {
  if (isRoot) return [];
  const sudo = findProgram('sudo');
  if (!sudo) return undefined;
  return mayAsk || (await succeeds(sudo, ['-n', 'true'])) ? [sudo] : undefined;
}

/** Reads the package lists anew: the system's where allowed, else a private copy. */
async function refreshLists() {
  const prefix = await asRoot();
  const command = ['apt-get', '-q', '-o', 'DPkg::Lock::Timeout=300'];
  if (prefix) {
    const [program, ...args] = [...prefix, ...command, 'update'];
    await run(program, args, { env: QUIET_ENV });
    return;
  }
  const folder = join(CACHE, 'apt');
  mkdirSync(join(folder, 'lists', 'partial'), { recursive: true });
  mkdirSync(join(folder, 'archives', 'partial'), { recursive: true });
  lists = ['-o', `Dir::State::Lists=${join(folder, 'lists')}`, '-o', `Dir::Cache=${folder}`];
  await run('apt-get', ['-q', ...lists, 'update'], { env: QUIET_ENV });
}

/** The version apt would give for a package, or undefined when apt does not know it. */
async function candidate(name) {
  const text = await run('apt-cache', [...lists, 'policy', name], { env: QUIET_ENV });
  const version = /Candidate: (\S+)/.exec(text)?.[1];
  return version === '(none)' ? undefined : version;
}

/** Makes sure that apt knows a package, refreshing its lists only when it does not. */
export async function requireCandidate(name) {
  requireApt();
  const known = await candidate(name);
  if (known) return known;
  await refreshLists();
  const found = await candidate(name);
  if (!found)
    throw new Error(`apt does not know the package ${name}; check the package sources of this system`);
  return found;
}

function requireApt() {
  if (findProgram('apt-get') && findProgram('dpkg')) return;
  throw new Error(
    'this needs Debian or Ubuntu (apt-get and dpkg); on other systems bring the programs yourself',
  );
}

/** The packages a package depends on directly. */
export async function dependsOf(name) {
  const text = await run('apt-cache', [...lists, 'depends', name], { env: QUIET_ENV });
  return [...text.matchAll(/^\s*\|?Depends: ([^<\s]+)/gm)].map((match) => match[1]);
}

/** Of these packages and all they depend on: those that are not installed here. */
export async function missingOf(names) {
  const args = [...lists, 'install', '-s', '-q', '--no-install-recommends', ...names];
  const text = await run('apt-get', args, { env: QUIET_ENV });
  // "Inst name [installed version] (new version ...)": an upgrade is of no interest here
  return [...text.matchAll(/^Inst (\S+) \(/gm)].map((match) => match[1]);
}

/**
 * Downloads packages and unpacks them over each other into `folder`.
 * @returns {Promise<Record<string, string>>} the version of each
 */
export async function unpackPackages(names, folder) {
  const downloads = `${folder}.debs`;
  rmSync(downloads, { recursive: true, force: true });
  mkdirSync(downloads, { recursive: true });
  mkdirSync(folder, { recursive: true });
  // apt's own sandbox user cannot write into a private folder, and says so in every run as root
  const sandbox = isRoot ? ['-o', 'APT::Sandbox::User=root'] : [];
  const download = () =>
    run('apt-get', [...lists, ...sandbox, '-q', 'download', ...names], { cwd: downloads, env: QUIET_ENV });
  try {
    await download().catch(async () => {
      await refreshLists();
      await download();
    });
    const versions = {};
    for (const file of readdirSync(downloads).sort()) {
      const deb = join(downloads, file);
      const [name, version] = (await run('dpkg-deb', ['-W', NAME_AND_VERSION, deb])).split(' ');
      await run('dpkg', ['-x', deb, folder]);
      versions[name] = version;
    }
    return versions;
  } finally {
    rmSync(downloads, { recursive: true, force: true });
  }
}
