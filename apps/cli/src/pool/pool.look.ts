import type { Pool } from '#libs/client';
import { bytes } from '../output/figures.js';
import type { Look } from '../output/print.js';

const factor = ({ overcommit }: Pool) => `${overcommit}x`;

export const poolLook: Look<Pool> = {
  name: (pool) => pool.name,
  columns: [
    { header: 'NAME', value: (it) => it.name },
    { header: 'KIND', value: (it) => it.kind },
    { header: 'HOSTS', value: (it) => it.hosts.map((host) => host.name).join(',') },
    { header: 'DISKS', value: (it) => String(it.diskCount) },
    { header: 'FREE', value: (it) => `${bytes(it.freeBytes)}/${bytes(it.capacityBytes)}` },
    { header: 'RESERVED', value: (it) => bytes(it.reservedBytes) },
    {
      header: 'TAKES DISKS',
      value: (it) => (it.acceptsDisks ? 'yes' : 'no'),
      colour: (it) => (it.acceptsDisks ? undefined : 'red'),
    },
    { header: 'OVER-COMMIT', value: factor, wide: true },
    { header: 'WATERMARK', value: (it) => `${it.watermarkPercent} %`, wide: true },
    { header: 'ID', value: (it) => it.id, wide: true },
  ],
  facts: (pool) => [
    { name: 'Name', value: pool.name },
    { name: 'Id', value: pool.id },
    { name: 'Kind', value: pool.kind },
    { name: 'Hosts', value: pool.hosts.map((host) => host.name) },
    { name: 'Disks', value: String(pool.diskCount) },
    { name: 'Free', value: `${bytes(pool.freeBytes)} of ${bytes(pool.capacityBytes)}` },
    { name: 'Reserved', value: bytes(pool.reservedBytes) },
    { name: 'Over-commit', value: factor(pool) },
    { name: 'Watermark', value: `${pool.watermarkPercent} %` },
    {
      name: 'Takes disks',
      value: pool.acceptsDisks ? 'yes' : 'no',
      colour: pool.acceptsDisks ? undefined : 'red',
    },
  ],
};
