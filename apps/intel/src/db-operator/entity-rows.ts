/**
 * Between an entity and the rows of hand-written statements. TypeORM's own way through a query builder writes the
 * statement anew each time and looks at each column of each row by name: more than half of what a read or a change of a
 * VM costs.
 */
import type { EntityManager, ObjectLiteral, ValueTransformer } from 'typeorm';

export type Row = Record<string, unknown>;
type Entity<T> = new () => T;

interface EntityColumn {
  name: string;
  property: string;
  isJson: boolean;
  transformer: ValueTransformer | undefined;
}

const known = new Map<unknown, EntityColumn[]>();

/** Makes entities of rows that have all columns of their table. */
export function rowReader<T extends ObjectLiteral>(
  manager: EntityManager,
  entity: Entity<T>,
): (row: Row) => T {
  const columns = columnsOf(manager, entity);
  return (row) => {
    const read: Row = new entity();
    for (const { name, property, transformer } of columns) {
      read[property] = transformer ? transformer.from(row[name]) : row[name];
    }
    return read as T;
  };
}

/** For an UPDATE: the columns and their values, which are the parameters from `$first` on. What is undefined stays as it is. */
export function assignments<T extends ObjectLiteral>(
  manager: EntityManager,
  entity: Entity<T>,
  change: Partial<T>,
  first: number,
): { set: string; values: unknown[] } {
  const changed = columnsOf(manager, entity).filter(({ property }) => change[property] !== undefined);
  return {
    set: changed.map(({ name }, index) => `${name} = $${first + index}`).join(', '),
    values: changed.map((column) => written(column, change[column.property])),
  };
}

/** Inserts them in one statement; what is undefined gets its default. */
export async function insertRows<T extends ObjectLiteral>(
  manager: EntityManager,
  entity: Entity<T>,
  rows: readonly Partial<T>[],
): Promise<void> {
  if (rows.length === 0) return;
  const columns = columnsOf(manager, entity).filter(({ property }) =>
    rows.some((row) => row[property] !== undefined),
  );
  const values: unknown[] = [];
  const place = (row: Partial<T>, column: EntityColumn): string => {
    const value = row[column.property];
    return value === undefined ? 'DEFAULT' : `$${values.push(written(column, value))}`;
  };
  const lines = rows.map((row) => `(${columns.map((column) => place(row, column)).join(', ')})`);
  const { tableName } = manager.dataSource.getMetadata(entity);
  const names = columns.map(({ name }) => name).join(', ');
  await manager.query(`INSERT INTO ${tableName} (${names}) VALUES ${lines.join(', ')}`, values);
}

function written({ isJson, transformer }: EntityColumn, value: unknown): unknown {
  if (isJson && value !== null) return JSON.stringify(value);
  return transformer ? transformer.to(value) : value;
}

function columnsOf(manager: EntityManager, entity: Entity<ObjectLiteral>): EntityColumn[] {
  const columns =
    known.get(entity) ??
    manager.dataSource
      .getMetadata(entity)
      .columns.map(({ databaseName, propertyName, type, transformer }) => ({
        name: databaseName,
        property: propertyName,
        isJson: type === 'jsonb',
        transformer: Array.isArray(transformer) ? transformer[0] : transformer,
      }));
  known.set(entity, columns);
  return columns;
}
