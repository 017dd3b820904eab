import type { Event } from '#libs/client';
import type { Look } from '../output/print.js';

const changeText = ({ old, new: now }: Event) => [old, now].filter(Boolean).join(' -> ');

export const eventLook: Look<Event> = {
  name: (event) => String(event.id),
  columns: [
    { header: 'ID', value: (it) => String(it.id) },
    { header: 'TIME', value: (it) => it.time },
    { header: 'TYPE', value: (it) => it.type },
    { header: 'RESOURCE', value: (it) => `${it.resource.kind} ${it.resource.name || it.resource.id}` },
    { header: 'CHANGE', value: changeText },
    { header: 'CAUSE', value: (it) => it.cause },
    { header: 'PROJECT', value: (it) => it.project ?? '', wide: true },
    { header: 'GENERATION', value: (it) => String(it.generation ?? ''), wide: true },
    { header: 'OPERATION', value: (it) => it.operationId ?? '', wide: true },
    { header: 'REQUEST', value: (it) => it.requestId, wide: true },
  ],
  facts: (event) => [
    { name: 'Id', value: String(event.id) },
    { name: 'Time', value: event.time },
    { name: 'Type', value: event.type },
    { name: 'Resource', value: `${event.resource.kind} ${event.resource.name} (${event.resource.id})` },
    { name: 'Change', value: changeText(event) || undefined },
  ],
};

/** One event as a line of a stream. */
export function eventLine(event: Event): string {
  const { time, type, resource, cause } = event;
  const what = `${resource.kind} ${resource.name || resource.id}`;
  return [time, type.padEnd(20), what, changeText(event), `(${cause})`].filter(Boolean).join('  ');
}
