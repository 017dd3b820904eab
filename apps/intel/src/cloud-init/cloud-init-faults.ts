/**
 * What is wrong with the first configuration of a guest beyond the form of its fields; all at once. Pure. No fault
 * repeats a value: each may be a secret.
 */
import { isMap, LineCounter, parseDocument } from 'yaml';
import type { FieldFault } from '#libs/errors';
import type { CloudInitRow } from '../db-operator/index.js';
import { userDataOf } from './seed-texts.js';
import { sshKeyFault } from './ssh-key.js';

/** As much as DigitalOcean, Azure and OpenStack take; EC2 takes 16 KiB, Hetzner 32. */
const USER_DATA_MAX_BYTES = 64 * 1024;
const NETWORK_CONFIG_MAX_BYTES = 16 * 1024;
const MADE_FROM_FIELDS = ['users', 'packages', 'runCommands', 'timezone'] as const;

/** What cloud-init knows by its first line beside a mapping, as it tells them apart. */
const OTHER_KINDS =
  /^(#!|#include(-once)?\s|#cloud-config-(archive|jsonp)\s|#cloud-boothook\s|#part-handler\s|## *template: *jinja\s|Content-Type: *multipart\/|MIME-Version:)/i;

export function cloudInitFaults(row: CloudInitRow): FieldFault[] {
  return [...keyFaults(row), ...userFaults(row), ...userDataFaults(row), ...networkFaults(row)];
}

const fault = (field: string, code: string, message: string): FieldFault => ({
  field: field === '' ? 'cloudInit' : `cloudInit.${field}`,
  code,
  message,
});

function keyFaults({ sshKeys = [], users = [] }: CloudInitRow): FieldFault[] {
  const of = (keys: string[], at: string) =>
    keys.flatMap((key, index) => {
      const message = sshKeyFault(key);
      return message === undefined ? [] : [fault(`${at}[${index}]`, 'sshKey', message)];
    });
  return [
    ...of(sshKeys, 'sshKeys'),
    ...users.flatMap((user, index) => of(user.sshKeys ?? [], `users[${index}].sshKeys`)),
  ];
}

function userFaults({ users = [] }: CloudInitRow): FieldFault[] {
  const names = users.map((user) => user.name);
  return names.flatMap((name, index) =>
    names.indexOf(name) < index
      ? [fault(`users[${index}].name`, 'unique', 'another user has this name')]
      : [],
  );
}

function userDataFaults(row: CloudInitRow): FieldFault[] {
  const { userData } = row;
  if (userData === undefined) {
    const tooLarge = Buffer.byteLength(userDataOf(row)) > USER_DATA_MAX_BYTES;
    return tooLarge ? [fault('', 'maxBytes', 'makes more than 64 KiB of user data')] : [];
  }
  const faults = MADE_FROM_FIELDS.filter((field) => row[field] !== undefined).map((field) =>
    fault(field, 'excluded', 'cannot be given beside userData'),
  );
  const wrong = (code: string, message: string) => [...faults, fault('userData', code, message)];
  if (Buffer.byteLength(userData) > USER_DATA_MAX_BYTES) return wrong('maxBytes', 'must have at most 64 KiB');
  if (userData.includes('\0')) return wrong('text', 'must be text');
  if (/^#cloud-config\s*(\n|$)/.test(userData)) {
    const message = mappingFault(userData);
    return message === undefined ? faults : wrong('yaml', message);
  }
  if (OTHER_KINDS.test(userData)) return faults;
  const known = '#cloud-config, #!, #include, ## template: jinja or Content-Type: multipart';
  return wrong('kind', `must begin with what cloud-init knows it by, such as ${known}`);
}

function networkFaults({ networkConfig }: CloudInitRow): FieldFault[] {
  if (networkConfig === undefined) return [];
  const wrong = (code: string, message: string) => [fault('networkConfig', code, message)];
  if (Buffer.byteLength(networkConfig) > NETWORK_CONFIG_MAX_BYTES) {
    return wrong('maxBytes', 'must have at most 16 KiB');
  }
  const message = mappingFault(networkConfig);
  if (message !== undefined) return wrong('yaml', message);
  const version = parseDocument(networkConfig, { version: '1.1' }).get('version');
  return version === 1 || version === 2
    ? []
    : wrong('version', 'must have version: 1 or version: 2 at its top');
}

/** What keeps a text from being one YAML mapping. */
function mappingFault(text: string): string | undefined {
  const lines = new LineCounter();
  const document = parseDocument(text, {
    version: '1.1',
    prettyErrors: false,
    lineCounter: lines,
    logLevel: 'silent',
  });
  const [error] = document.errors;
  if (error) return `is not YAML: ${error.code} in line ${lines.linePos(error.pos[0]).line}`;
  // A text of comments alone asks for nothing.
  return document.contents === null || isMap(document.contents) ? undefined : 'must be a YAML mapping';
}
