/**
 * The arguments of a QEMU without a machine: it holds disks of a VM that is off, so that they are copied by the same
 * commands as those of one that runs.
 */
export function blockMachineArguments(socket: string): string[] {
  return [
    ...['-machine', 'none', '-nodefaults', '-no-user-config', '-display', 'none', '-S'],
    ...['-sandbox', 'on,obsolete=deny,elevateprivileges=deny,spawn=deny,resourcecontrol=deny'],
    ...['-chardev', `socket,id=mon,path=${socket.replaceAll(',', ',,')},server=on,wait=off`],
    ...['-mon', 'chardev=mon,mode=control'],
  ];
}
