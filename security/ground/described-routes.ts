import type { Ground } from './ground.js';

export interface DescribedRoute {
  method: string;
  /** With `{id}` and the like. */
  path: string;
  /** It takes a JSON body with fields. */
  takesFields: boolean;
}

interface Described {
  requestBody?: { content?: Record<string, unknown> };
}

const METHODS = ['get', 'post', 'put', 'patch', 'delete'];

/** Every route that needs a caller, as the running API describes itself. */
export async function describedRoutes(ground: Ground): Promise<DescribedRoute[]> {
  const { text } = await ground.sendAsAdmin('GET', '/openapi.json');
  const { paths } = JSON.parse(text) as { paths: Record<string, Record<string, Described>> };
  return Object.entries(paths)
    .filter(([path]) => path.startsWith('/v1/'))
    .flatMap(([path, item]) =>
      METHODS.filter((method) => item[method]).map((method) => ({
        method: method.toUpperCase(),
        path,
        takesFields: item[method]?.requestBody?.content?.['application/json'] !== undefined,
      })),
    );
}

/** The path with `id` in the place of every parameter. */
export const pathWith = ({ path }: DescribedRoute, id: string): string => path.replace(/\{\w+\}/g, id);
