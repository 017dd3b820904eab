#!/bin/sh
# POSTGRES_USER, POSTGRES_DB and POSTGRES_PASSWORD or POSTGRES_PASSWORD_FILE as the official image takes them, and its
# command: `postgres` and options of the server, or the options alone.
set -eu
if [ "$(id -u)" = 0 ]; then
  install -d -o postgres -g postgres /run/postgresql
  chown postgres "$PGDATA"
  exec setpriv --reuid=postgres --regid=postgres --init-groups "$0" "$@"
fi
[ "${1:-}" != postgres ] || shift
user=${POSTGRES_USER:-postgres}
database=${POSTGRES_DB:-$user}
if [ ! -s "$PGDATA/PG_VERSION" ]; then
  password=${POSTGRES_PASSWORD:-$(cat "$POSTGRES_PASSWORD_FILE")}
  file=$(mktemp)
  printf '%s' "$password" >"$file"
  initdb --auth=scram-sha-256 --encoding=UTF8 --locale=C.UTF-8 --username="$user" --pwfile="$file" >/dev/null
  rm "$file"
  echo 'host all all all scram-sha-256' >>"$PGDATA/pg_hba.conf"
  pg_ctl --wait --silent -o "-c listen_addresses=''" start
  [ "$database" = postgres ] || PGPASSWORD=$password createdb --username="$user" "$database"
  pg_ctl --wait --silent -m fast stop
fi
exec postgres -c 'listen_addresses=*' "$@"
