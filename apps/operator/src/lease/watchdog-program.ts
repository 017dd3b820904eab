/**
 * The watchdog: ends a QEMU whose lease was not renewed in time, also while the agent is frozen or gone. A program of
 * the shell, so that nothing of an upgrade or of the agent's own runtime is part of it; it lives as long as there is
 * something to watch. `$1` is its folder: a file for each VM, `<deadline> <deadline> <vm> <pid file>`, in hundredths of
 * a second since the boot. The deadline stands there twice: one that is being written is not believed.
 *
 * After the deadline it looks again and again: QEMU may just be starting. What it ended is marked, so
 * that a later agent knows why. When the machine goes down and asks everything to end, it stays until no QEMU is left
 * that it watches: one may hang in its last writes.
 */
export const WATCHDOG_PROGRAM = `
set -u
cd "$1" || exit 0
asked=
trap 'asked=1' TERM
while :; do
  read -r up rest < /proc/uptime
  now=\${up%.*}\${up#*.}
  any=
  for entry in *; do
    case $entry in *.fenced) continue ;; esac
    [ -f "$entry" ] || continue
    any=1
    read -r at again vm pidfile < "$entry" || continue
    [ "$at" = "$again" ] || continue
    due=
    [ "$now" -ge "$at" ] && due=1
    [ "$due$asked" ] || continue
    pid=
    [ -f "$pidfile" ] && read -r pid < "$pidfile"
    if [ -n "$pid" ] && grep -qF -- "$vm" "/proc/$pid/cmdline" 2>/dev/null; then
      [ "$due" ] || continue
      : > "$entry.fenced"
      kill -9 "$pid"
    elif [ "$asked" ] || [ "$now" -ge $((at + 1000)) ]; then
      rm -f "$entry"
    fi
  done
  [ "$any" ] || exit 0
  sleep 1
done
`;
