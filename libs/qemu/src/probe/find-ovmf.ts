import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { VmanError } from '#libs/errors';

/** UEFI firmware: the code is shared, the variables are a template to copy for each VM. */
export interface OvmfFiles {
  codePath: string;
  varsTemplatePath: string;
}

/** Where distributions put it: Debian and Ubuntu, Fedora, Arch, SUSE. */
const FOLDERS = [
  '/usr/share/OVMF',
  '/usr/share/edk2/ovmf',
  '/usr/share/edk2/x64',
  '/usr/share/edk2-ovmf/x64',
  '/usr/share/qemu',
];

/** Pairs that fit each other; without Secure Boot, which needs keys and a machine with SMM. */
const PAIRS = [
  ['OVMF_CODE_4M.fd', 'OVMF_VARS_4M.fd'],
  ['OVMF_CODE.4m.fd', 'OVMF_VARS.4m.fd'],
  ['OVMF_CODE.fd', 'OVMF_VARS.fd'],
  ['ovmf-x86_64-4m-code.bin', 'ovmf-x86_64-4m-vars.bin'],
] as const;

const readable = (path: string): Promise<boolean> =>
  access(path, constants.R_OK).then(
    () => true,
    () => false,
  );

/** The firmware in `folder`, or where distributions put it. Throws `unsupported` when there is none. */
export async function findOvmf(folder?: string): Promise<OvmfFiles> {
  const folders = folder === undefined ? FOLDERS : [folder];
  for (const at of folders) {
    for (const [code, vars] of PAIRS) {
      const files = { codePath: join(at, code), varsTemplatePath: join(at, vars) };
      if ((await readable(files.codePath)) && (await readable(files.varsTemplatePath))) return files;
    }
  }
  throw new VmanError(
    'unsupported',
    'This host has no UEFI firmware: install its package (ovmf on Debian and Ubuntu, edk2-ovmf elsewhere), or name its folder in VMAN_OVMF_PATH.',
  );
}
