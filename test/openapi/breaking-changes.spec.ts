import { describe, expect, it } from '@jest/globals';
import { breakingChanges, type Description } from '../../tools/openapi/breaking-changes.mjs';

/** One route with a body, a parameter and an answer. */
function description(): Description {
  return {
    paths: {
      '/v1/vms': {
        post: {
          operationId: 'vmsCreate',
          parameters: [{ name: 'sort', in: 'query', schema: { type: 'string', enum: ['name', 'age'] } }],
          requestBody: { content: { 'application/json': { schema: { $ref: '#/components/schemas/In' } } } },
          responses: {
            201: { content: { 'application/json': { schema: { $ref: '#/components/schemas/Out' } } } },
          },
        },
      },
    },
    components: {
      schemas: {
        In: {
          type: 'object',
          required: ['name'],
          properties: { name: { type: 'string', maxLength: 63 }, size: { type: ['integer', 'null'] } },
        },
        Out: {
          type: 'object',
          required: ['id'],
          properties: {
            id: { type: 'string' },
            state: { type: 'string', enum: ['on', 'off'] },
            children: { type: 'array', items: { $ref: '#/components/schemas/Out' } },
          },
        },
      },
    },
  };
}

// biome-ignore lint/suspicious/noExplicitAny: each case changes another corner of the tree
const cases: [string, (it: any) => void, string[]][] = [
  ['nothing', () => {}, []],
  ['a new field of a request', (it) => (it.components.schemas.In.properties.more = {}), []],
  ['a new field of an answer', (it) => (it.components.schemas.Out.properties.more = {}), []],
  ['a new word of an answer', (it) => it.components.schemas.Out.properties.state.enum.push('odd'), []],
  ['a wider limit', (it) => (it.components.schemas.In.properties.name.maxLength = 64), []],
  ['a route that is gone', (it) => delete it.paths['/v1/vms'].post, ['POST /v1/vms: is gone']],
  [
    'a field that a request may carry no more',
    (it) => delete it.components.schemas.In.properties.size,
    ['POST /v1/vms body.size: is gone'],
  ],
  [
    'a field that a request must carry',
    (it) => it.components.schemas.In.required.push('size'),
    ['POST /v1/vms body.size: is required now'],
  ],
  [
    'a tighter limit',
    (it) => (it.components.schemas.In.properties.name.maxLength = 10),
    ['POST /v1/vms body.name: maxLength was 63, is 10'],
  ],
  [
    'null that is refused',
    (it) => (it.components.schemas.In.properties.size.type = 'integer'),
    ['POST /v1/vms body.size: was integer or null, is integer'],
  ],
  [
    'a word of a parameter that is gone',
    (it) => it.paths['/v1/vms'].post.parameters[0].schema.enum.pop(),
    ['POST /v1/vms query sort: takes age no more'],
  ],
  [
    'a field that an answer has no more',
    (it) => {
      delete it.components.schemas.Out.properties.id;
      it.components.schemas.Out.required = [];
    },
    ['POST /v1/vms 201.id: is gone'],
  ],
  [
    'a field that an answer may leave out',
    (it) => (it.components.schemas.Out.required = []),
    ['POST /v1/vms 201.id: may be absent now'],
  ],
  [
    'an answer of another type',
    (it) => (it.components.schemas.Out.properties.state.type = 'integer'),
    ['POST /v1/vms 201.state: was string, is integer'],
  ],
  [
    'another success',
    (it) => {
      const { responses } = it.paths['/v1/vms'].post;
      it.paths['/v1/vms'].post.responses = { 202: responses[201] };
    },
    ['POST /v1/vms 201: is gone'],
  ],
];

describe('the comparison of two descriptions', () => {
  it.each(cases)('judges %s', (_what, change, expected) => {
    const after = description();
    change(after);
    expect(breakingChanges(description(), after)).toEqual(expected);
  });
});
