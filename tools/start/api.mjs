/** A refusal by the API: problem+json with a code and a hint. */
export class ApiError extends Error {
  constructor(method, path, status, problem) {
    const hint = problem.hint ? ` (${problem.hint})` : '';
    const fields = (problem.errors ?? []).map(({ field, message }) => `; ${field} ${message}`).join('');
    super(`${method} ${path}: ${status} ${problem.code ?? ''} ${problem.detail ?? ''}${fields}${hint}`);
    this.name = 'ApiError';
    this.status = status;
    this.code = problem.code;
  }
}

/** The public REST API, as any user has it. */
export function apiClient(base, token) {
  const call = async (method, path, body, headers = {}) => {
    const response = await fetch(`${base}${path}`, {
      method,
      headers: {
        authorization: `Bearer ${token}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      body: body === undefined ? undefined : JSON.stringify(body),
      signal: AbortSignal.timeout(90_000),
    });
    const text = await response.text();
    const answer = parse(text);
    if (!response.ok)
      throw new ApiError(method, path, response.status, answer ?? { detail: text.slice(0, 300) });
    return answer;
  };
  return {
    get: (path) => call('GET', path),
    post: (path, body, headers) => call('POST', path, body, headers),
    delete: (path, headers) => call('DELETE', path, undefined, headers),
  };
}

function parse(text) {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
