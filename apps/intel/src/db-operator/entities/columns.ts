import { Column, type ColumnOptions } from 'typeorm';

/** Postgres hands bigint over as text; every bigint here is a counter or a size far below 2^53. */
const asNumber = {
  to: (value: number | null | undefined) => value,
  from: (value: string | null) => (value === null ? null : Number(value)),
};

export const Text = (name: string, options: ColumnOptions = {}) => Column({ name, type: 'text', ...options });
export const Int = (name: string, options: ColumnOptions = {}) =>
  Column({ name, type: 'integer', ...options });
export const BigInt53 = (name: string, options: ColumnOptions = {}) =>
  Column({ name, type: 'bigint', transformer: asNumber, ...options });
export const Flag = (name: string) => Column({ name, type: 'boolean' });
export const Uuid = (name: string, options: ColumnOptions = {}) => Column({ name, type: 'uuid', ...options });
export const Time = (name: string, options: ColumnOptions = {}) =>
  Column({ name, type: 'timestamptz', ...options });
export const Json = (name: string, options: ColumnOptions = {}) =>
  Column({ name, type: 'jsonb', ...options });
/** Written by the database, whoever changes the row. */
export const ChangedAt = () => Time('updated_at', { insert: false, update: false });
