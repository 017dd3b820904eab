import type { Address } from '#libs/client';
import { age, moment } from '../output/figures.js';
import type { Look } from '../output/print.js';
import type { Colour } from '../terminal/colour.js';

export const addressLook: Look<Address> = {
  name: (address) => address.address,
  columns: [
    { header: 'ADDRESS', value: (it) => `${it.address}/${it.prefix}` },
    { header: 'STATE', value: (it) => it.state, colour: stateColour },
    { header: 'NETWORK', value: (it) => it.network.name },
    { header: 'VM', value: (it) => it.vm?.name ?? '' },
    { header: 'SOURCE', value: (it) => it.source },
    { header: 'SEEN', value: (it, nowMs) => (it.lastSeenAt ? age(it.lastSeenAt, nowMs) : '') },
    { header: 'AGE', value: (it, nowMs) => age(it.createdAt, nowMs) },
    { header: 'CONFLICT', value: (it) => it.conflict ?? '', wide: true },
    { header: 'KEPT', value: (it) => (it.kept ? 'yes' : ''), wide: true },
    { header: 'MAC', value: (it) => it.mac ?? '', wide: true },
    { header: 'PROJECT', value: (it) => it.project, wide: true },
    { header: 'NOTE', value: (it) => it.note, wide: true },
    { header: 'ID', value: (it) => it.id, wide: true },
  ],
  facts: (address, nowMs) => [
    { name: 'Address', value: `${address.address}/${address.prefix}` },
    { name: 'Id', value: address.id },
    { name: 'State', value: address.state, colour: stateColour(address) },
    { name: 'Network', value: address.network.name },
    { name: 'VM', value: address.vm?.name },
    { name: 'NIC', value: address.nicId },
    { name: 'MAC', value: address.mac },
    { name: 'Source', value: address.source },
    { name: 'Seen', value: moment(address.lastSeenAt, nowMs) },
    { name: 'Conflict', value: address.conflict, colour: 'red' },
    { name: 'Kept', value: address.kept ? 'when its VM is gone' : undefined },
    { name: 'Project', value: address.project },
    { name: 'Note', value: address.note || undefined },
    { name: 'Created', value: moment(address.createdAt, nowMs) },
    { name: 'Rests since', value: moment(address.releasedAt, nowMs) },
  ],
};

function stateColour({ state }: Address): Colour | undefined {
  switch (state) {
    case 'held':
      return 'green';
    case 'reserved':
      return 'blue';
    case 'resting':
      return 'dim';
    case 'seen':
      return 'yellow';
  }
}
