import { describe, expect, it } from '@jest/globals';
import { pageOf } from './keyset.js';
import { type Listed, listing, positional } from './listing.js';

const ID = '0199c1f2-7d3a-7c4e-9b1f-5a2d8e6c4b10';
const LISTED: Listed = {
  id: 'd.id',
  name: 'd.name',
  labels: 'd.labels',
  filters: { within: 'd.project = ?', host: '(h.name = ? OR h.id::text = ?)' },
};

const cursorOf = (keys: string[]) => pageOf([1, 2], 1, () => keys).nextCursor;

describe('a list', () => {
  it('is ordered by creation, and asks for one row more than it shows', () => {
    expect(positional(listing(LISTED, { limit: 50 }))).toEqual({
      tail: 'ORDER BY d.id ASC LIMIT $1',
      values: [51],
    });
  });

  it('takes the filters that it names, each value for all its places, and nothing else', () => {
    const wish = { limit: 1, within: 'a', host: 'h1', label: 'tier=web,big', secret: "'; DROP TABLE vms" };
    expect(positional(listing(LISTED, wish))).toEqual({
      tail:
        'WHERE d.project = $1 AND (h.name = $2 OR h.id::text = $3) AND d.labels @> $4::jsonb AND ' +
        'jsonb_exists(d.labels, $5) ORDER BY d.id ASC LIMIT $6',
      values: ['a', 'h1', 'h1', '{"tier":"web"}', 'big', 2],
    });
  });

  it('goes on behind the last row, also by name and backwards', () => {
    const byId = { limit: 9, cursor: cursorOf([ID]) };
    expect(positional(listing(LISTED, byId)).tail).toBe('WHERE d.id > $1::uuid ORDER BY d.id ASC LIMIT $2');
    const byName = listing(LISTED, { limit: 9, sort: '-name', cursor: cursorOf([ID, 'web']) });
    expect(positional(byName)).toEqual({
      tail: 'WHERE (d.name, d.id) < ($1, $2::uuid) ORDER BY d.name DESC, d.id DESC LIMIT $3',
      values: ['web', ID, 10],
    });
    expect(byName.keysOf({ id: ID, name: 'x' })).toEqual([ID, 'x']);
  });

  it('without names is ordered by creation whatever is asked', () => {
    const { name, ...nameless } = LISTED;
    expect(listing(nameless, { limit: 1, sort: 'name' }).order).toEqual(['d.id']);
  });

  it.each([[['x']], [[ID, 'web', 'more']], [[]], [[`${ID}' OR 1=1`]]])('refuses the cursor %j', (keys) => {
    expect(() => listing(LISTED, { limit: 1, cursor: cursorOf(keys) })).toThrow('The cursor is not valid');
  });
});
