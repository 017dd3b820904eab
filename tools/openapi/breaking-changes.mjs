// Which changes of the API break a program that was written against an earlier description. Pure: two documents in,
// sentences out. A request may only become wider (unknown fields are refused, so a field that goes breaks who sends it),
// an answer only richer: a client must live with fields, codes and words that it does not know.

/** @returns {string[]} what no longer holds, with the place */
export function breakingChanges(before, after) {
  const found = [];
  for (const { path, method, operation } of operationsOf(before)) {
    const now = after.paths[path]?.[method];
    const place = `${method.toUpperCase()} ${path}`;
    if (!now) found.push(`${place}: is gone`);
    else found.push(...operationChanges(operation, now, { before, after, place }));
  }
  return found;
}

function operationsOf({ paths }) {
  return Object.entries(paths).flatMap(([path, item]) =>
    Object.entries(item).map(([method, operation]) => ({ path, method, operation })),
  );
}

function operationChanges(old, now, context) {
  const { place } = context;
  const found = [];
  if (now.operationId !== old.operationId) found.push(`${place}: operationId was ${old.operationId}`);
  const parameters = now.parameters ?? [];
  for (const parameter of old.parameters ?? []) {
    const same = parameters.find((it) => it.name === parameter.name && it.in === parameter.in);
    const at = { ...context, place: `${place} ${parameter.in} ${parameter.name}` };
    if (!same) found.push(`${at.place}: is gone`);
    else found.push(...schemaChanges(parameter.schema, same.schema, 'request', at));
  }
  for (const parameter of parameters.filter((it) => it.required)) {
    const same = old.parameters?.find((it) => it.name === parameter.name && it.in === parameter.in);
    if (!same?.required) found.push(`${place} ${parameter.in} ${parameter.name}: is required now`);
  }
  if (now.requestBody?.required && !old.requestBody?.required) found.push(`${place}: needs a body now`);
  found.push(
    ...contentChanges(old.requestBody, now.requestBody, 'request', { ...context, place: `${place} body` }),
  );
  for (const [status, response] of Object.entries(old.responses).filter(([it]) => /^2/.test(it))) {
    const at = { ...context, place: `${place} ${status}` };
    const same = now.responses[status];
    if (!same) found.push(`${at.place}: is gone`);
    else found.push(...contentChanges(response, same, 'answer', at));
  }
  return found;
}

function contentChanges(old, now, direction, context) {
  return Object.entries(old?.content ?? {}).flatMap(([type, media]) => {
    const same = now?.content?.[type];
    if (!same) return [`${context.place}: no ${type} any more`];
    return schemaChanges(media.schema, same.schema, direction, context);
  });
}

/** `seen` holds the pairs above, so that a schema that holds itself ends. */
function schemaChanges(rawOld, rawNow, direction, context, seen = new Set()) {
  if (rawOld === undefined) return [];
  if (rawNow === undefined) return [`${context.place}: has no type any more`];
  const key = `${rawOld.$ref}>${rawNow.$ref}`;
  if (rawOld.$ref && seen.has(key)) return [];
  const inner = rawOld.$ref ? new Set([...seen, key]) : seen;
  const old = resolve(rawOld, context.before);
  const now = resolve(rawNow, context.after);
  return [
    ...typeChanges(old, now, direction, context),
    ...limitChanges(old, now, direction, context),
    ...fieldChanges(old, now, direction, context, inner),
    ...(old.items ? schemaChanges(old.items, now.items, direction, at(context, '[]'), inner) : []),
  ];
}

const at = (context, more) => ({ ...context, place: `${context.place}${more}` });

/** What a reference names; null beside one is kept as a type. */
function resolve(schema, document) {
  if (schema.$ref)
    return document.components.schemas[schema.$ref.slice(schema.$ref.lastIndexOf('/') + 1)] ?? {};
  const nullable = schema.anyOf?.length === 2 && schema.anyOf.some((it) => it.type === 'null');
  if (!nullable) return schema;
  const whole = resolve(
    schema.anyOf.find((it) => it.type !== 'null'),
    document,
  );
  return { ...whole, type: [whole.type ?? 'object', 'null'].flat() };
}

function typeChanges(old, now, direction, { place }) {
  const [was, is] = [old, now].map((schema) => [schema.type ?? []].flat());
  // An integer is a number.
  const covers = (types, type) => types.includes(type) || (type === 'integer' && types.includes('number'));
  const [wide, narrow] = direction === 'request' ? [is, was] : [was, is];
  const lost = wide.length === 0 ? [] : narrow.filter((type) => !covers(wide, type));
  const found = lost.length > 0 ? [`${place}: was ${was.join(' or ')}, is ${is.join(' or ')}`] : [];
  if (direction === 'request' && now.enum) {
    const gone = (old.enum ?? []).filter((word) => !now.enum.includes(word));
    if (gone.length > 0) found.push(`${place}: takes ${gone.join(', ')} no more`);
    if (!old.enum) found.push(`${place}: takes only certain words now`);
  }
  return found;
}

const UPPER = ['maximum', 'maxLength', 'maxItems', 'maxProperties'];
const LOWER = ['minimum', 'minLength', 'minItems', 'minProperties'];

function limitChanges(old, now, direction, { place }) {
  if (direction !== 'request') return [];
  const tighter = (name, worse) =>
    now[name] !== undefined && (old[name] === undefined || worse(now[name], old[name]));
  const names = [
    ...UPPER.filter((name) => tighter(name, (a, b) => a < b)),
    ...LOWER.filter((name) => tighter(name, (a, b) => a > b)),
  ];
  return names.map((name) => `${place}: ${name} was ${old[name] ?? 'open'}, is ${now[name]}`);
}

function fieldChanges(old, now, direction, context, seen) {
  const [had, has] = [old.required ?? [], now.required ?? []];
  const fields = Object.entries(old.properties ?? {});
  const found = fields.flatMap(([name, schema]) => {
    const inner = at(context, `.${name}`);
    const same = now.properties?.[name];
    if (!same) return [`${inner.place}: is gone`];
    return schemaChanges(schema, same, direction, inner, seen);
  });
  const [from, to] = direction === 'request' ? [had, has] : [has, had];
  const word = direction === 'request' ? 'is required now' : 'may be absent now';
  // A field that is gone was told of already.
  const changed = to.filter(
    (name) => !from.includes(name) && (direction === 'request' || now.properties?.[name]),
  );
  return [...found, ...changed.map((name) => `${context.place}.${name}: ${word}`)];
}
