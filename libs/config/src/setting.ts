/**
 * A setting is plain data: from it come the parsed value, its TypeScript type, the faults, `.env.example` and the
 * table of the documentation.
 */
interface SettingBase {
  /** The one name: environment and `.env`; `--kebab-case` without `VMAN_` on the command line. */
  env: `VMAN_${string}`;
  description: string;
  example?: string;
  /** As a person would write it; `<VMAN_STORAGE_PATH>` and `<hostname>` are filled in. Without it the value may be absent. */
  default?: string;
  /** The start is refused without it. */
  required?: true;
  /** Never shown; not taken from the command line; `<env>_FILE` names a file that holds it. */
  secret?: true;
}

interface StringSetting extends SettingBase {
  type: 'string';
  /** The whole value must match. */
  pattern?: RegExp;
  /** What the pattern asks for, in words. */
  form?: string;
}
interface EnumSetting extends SettingBase {
  type: 'enum';
  values: readonly string[];
}
interface IntegerSetting extends SettingBase {
  type: 'integer';
  min: number;
  max: number;
  unit?: string;
}
interface BooleanSetting extends SettingBase {
  type: 'boolean';
}
/** `500ms`, `30s`, `5m`, `2h`, `1d`; a bare number is milliseconds. The value is in milliseconds. */
interface DurationSetting extends SettingBase {
  type: 'duration';
  minMs: number;
  maxMs: number;
}
/** A relative path is taken from the working directory; the value is absolute. */
interface PathSetting extends SettingBase {
  type: 'path';
  /** A file that is read at the start: it must be there then. */
  read?: true;
  /** How long the absolute path may be. */
  maxBytes?: number;
}
/** One address; no name. */
interface AddressSetting extends SettingBase {
  type: 'address';
}
/** `10.1.0.0/16,fd00:1::/64`; the value is the checked list as one string without spaces. */
interface NetworkListSetting extends SettingBase {
  type: 'network-list';
}
interface UrlSetting extends SettingBase {
  type: 'url';
  schemes: readonly string[];
}
/** One or several, comma separated; the value is the checked list as one string without spaces. */
interface UrlListSetting extends SettingBase {
  type: 'url-list';
  schemes: readonly string[];
  /** Where a name and a password go instead; they would not be used here. */
  noUser?: string;
}
/** `30000-32767`, both ends included. */
interface PortRangeSetting extends SettingBase {
  type: 'port-range';
}
interface UuidSetting extends SettingBase {
  type: 'uuid';
}
/** `fast=dir:/path,far=shared-dir:/mnt/x`: where disks can lie beside the storage folder. */
interface PoolsSetting extends SettingBase {
  type: 'pools';
}
interface FailpointsSetting extends SettingBase {
  type: 'failpoints';
}

export type Setting =
  | StringSetting
  | EnumSetting
  | IntegerSetting
  | BooleanSetting
  | DurationSetting
  | PathSetting
  | AddressSetting
  | NetworkListSetting
  | UrlSetting
  | UrlListSetting
  | PortRangeSetting
  | UuidSetting
  | PoolsSetting
  | FailpointsSetting;

/** Settings by their key in the config object: `VMAN_LOG_LEVEL` is `logLevel`. */
export type Settings = Readonly<Record<string, Setting>>;

export interface PortRange {
  readonly first: number;
  readonly last: number;
}

/** A pool as the admin of a host declares it; `folder` is absolute. */
export interface PoolDeclaration {
  readonly name: string;
  readonly kind: 'dir' | 'shared-dir';
  readonly folder: string;
}

export type FailpointAction =
  | { readonly kind: 'crash' }
  | { readonly kind: 'error' }
  | { readonly kind: 'pause'; readonly ms: number };

type Parsed<S extends Setting> = S extends { type: 'enum'; values: readonly (infer V)[] }
  ? V
  : S extends { type: 'integer' | 'duration' }
    ? number
    : S extends { type: 'boolean' }
      ? boolean
      : S extends { type: 'port-range' }
        ? PortRange
        : S extends { type: 'pools' }
          ? readonly PoolDeclaration[]
          : S extends { type: 'failpoints' }
            ? ReadonlyMap<string, FailpointAction>
            : string;

/** What the setting is in the config object: absent only without a default and when not required. */
type ValueOf<S extends Setting> = S extends { default: string } | { required: true }
  ? Parsed<S>
  : Parsed<S> | undefined;

export type ValuesOf<T extends Settings> = { readonly [K in keyof T]: ValueOf<T[K]> };
