import { guardTable } from './network-names.js';
import { runTool } from './run-tool.js';

/** What the packet filter of the host has of ours. */
export interface FilterSeen {
  /** Every table, such as `inet vman_1`. */
  tables: ReadonlySet<string>;
  /** Taps whose frames go through a guard. */
  guarded: ReadonlySet<string>;
}

interface Listed {
  nftables: { table?: { family: string; name: string }; map?: { elem?: [string, unknown][] } }[];
}

export async function readFilter(hostId: string): Promise<FilterSeen> {
  const { nftables } = await list('tables');
  const tables = new Set(nftables.flatMap(({ table }) => (table ? `${table.family} ${table.name}` : [])));
  const guard = guardTable(hostId);
  if (!tables.has(`bridge ${guard}`)) return { tables, guarded: new Set() };
  const map = await list('map', 'bridge', guard, 'taps');
  return {
    tables,
    guarded: new Set(map.nftables.flatMap((it) => it.map?.elem ?? []).map(([tap]) => tap)),
  };
}

const list = async (...what: string[]): Promise<Listed> =>
  JSON.parse(await runTool('nft', ['-j', 'list', ...what])) as Listed;
