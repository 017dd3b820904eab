#!/bin/sh
# Makes the secrets of docker-compose.yml as files, each once: what exists is kept.
# usage: deploy/compose/make-secrets.sh [folder]      (default: .data/secrets in the checkout)
#
# The folder is closed (0700) and the files in it are readable (0444): Docker mounts each file by itself, with its
# mode, into containers that do not run as root.
set -eu
folder=${1:-$(dirname "$0")/../../.data/secrets}
mkdir -p "$folder"
chmod 0700 "$folder"
cd "$folder"

random() { od -An -N24 -tx1 /dev/urandom | tr -d ' \n'; }
keep() { # name; the content comes from standard input
  if [ -e "$1" ]; then
    cat >/dev/null
  else
    cat >"$1.new"
    chmod 0444 "$1.new"
    mv "$1.new" "$1"
  fi
}

random | keep database-password
printf 'postgres://vman:%s@postgres:5432/vman' "$(cat database-password)" | keep database-url
random | keep nats-token
printf 'authorization { token: "%s" }\n' "$(cat nats-token)" | keep nats-auth.conf
random | keep grafana-password
echo "secrets are in $(pwd)"
