import { ROOT } from '../provision/paths.mjs';
import { findProgram, run, succeeds } from '../provision/run.mjs';
import { installPackages } from './packages.mjs';

/**
 * The compose command that is here: the plugin of current engines, or docker-compose 1.28 and newer (Debian 12 has no
 * plugin, but docker-compose 1.29).
 * @returns {Promise<{version: string, run: (args: string[], extra?: object) => Promise<string>}>}
 */
export async function ensureCompose(engine, settings, files, { yes }) {
  if (!(await choose(engine.env))) {
    await installPackages(['docker-compose'], 'No compose command is here', { yes });
  }
  const command = await choose(engine.env);
  if (!command) throw new Error('docker compose is needed');
  // the engine's own builder everywhere: Debian 12 has no buildx
  const env = { ...engine.env, DOCKER_BUILDKIT: '0', COMPOSE_DOCKER_CLI_BUILD: '0', ...settings };
  const [program, ...before] = command;
  const fileOptions = files.flatMap((file) => ['-f', file]);
  return {
    version: (await run(program, [...before, 'version', '--short'], { env })).trim(),
    run: (args) => run(program, [...before, ...fileOptions, ...args], { cwd: ROOT, env }),
  };
}

async function choose(env) {
  if (await succeeds('docker', ['compose', 'version'], { env })) return ['docker', 'compose'];
  const old = findProgram('docker-compose');
  return old && [old];
}
