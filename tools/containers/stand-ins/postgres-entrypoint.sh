#!/bin/sh
# POSTGRES_USER, POSTGRES_DB and POSTGRES_PASSWORD_FILE as the official image takes them.
set -eu
if [ "$(id -u)" = 0 ]; then
  install -d -o postgres -g postgres /run/postgresql
  chown postgres "$PGDATA"
  exec setpriv --reuid=postgres --regid=postgres --init-groups "$0" "$@"
fi
if [ ! -s "$PGDATA/PG_VERSION" ]; then
  initdb --auth=scram-sha-256 --encoding=UTF8 --locale=C.UTF-8 \
    --username="$POSTGRES_USER" --pwfile="$POSTGRES_PASSWORD_FILE" >/dev/null
  echo 'host all all all scram-sha-256' >>"$PGDATA/pg_hba.conf"
  pg_ctl --wait --silent -o "-c listen_addresses=''" start
  PGPASSWORD=$(cat "$POSTGRES_PASSWORD_FILE") createdb --username="$POSTGRES_USER" "$POSTGRES_DB"
  pg_ctl --wait --silent -m fast stop
fi
exec postgres -c 'listen_addresses=*' "$@"
