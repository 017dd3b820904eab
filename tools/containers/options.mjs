export const HELP = `Runs docker-compose.yml for real, without an image registry: the base images are built here from
Debian's packages. Boots a VM through it, breaks things, and removes what it made.

  node tools/containers/main.mjs [options]

  --yes          install missing packages (docker.io, docker-compose, mmdebstrap) without asking
  --host-guests  also prove that guests on the host outlive the operator's container (root, QEMU on the host)
  --host-install also prove deploy/install-host.sh in a container that runs systemd
  --supervisor   also prove deploy/supervisor/vman.conf in a container that runs supervisord
  --no-build     use the images of an earlier run with --keep
  --keep         leave everything running at the end
  --purge        remove kept containers, volumes, images and the engine of an earlier run, nothing else`;

/** @returns {{yes: boolean, hostGuests: boolean, hostInstall: boolean, supervisor: boolean, build: boolean, keep: boolean, purge: boolean, help: boolean, fault?: string}} */
export function parseOptions(argv) {
  const known = [
    '--yes',
    '--host-guests',
    '--host-install',
    '--supervisor',
    '--no-build',
    '--keep',
    '--purge',
    '--help',
  ];
  const unknown = argv.filter((word) => !known.includes(word));
  return {
    yes: argv.includes('--yes') || Boolean(process.env.CI),
    hostGuests: argv.includes('--host-guests'),
    hostInstall: argv.includes('--host-install'),
    supervisor: argv.includes('--supervisor'),
    build: !argv.includes('--no-build'),
    keep: argv.includes('--keep'),
    purge: argv.includes('--purge'),
    help: argv.includes('--help'),
    ...(unknown.length > 0 && { fault: `unknown: ${unknown.join(' ')}\n\n${HELP}` }),
  };
}
