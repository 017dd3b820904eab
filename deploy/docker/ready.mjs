// The health check of the images: does the service on this port of the container say that it is ready?
const port = process.argv[2];
const name = { 7400: 'VMAN_INTEL', 7401: 'VMAN_OPERATOR', 7402: 'VMAN_OBSERVER' }[port];
const listening = process.env[`${name}_PORT`] || port;
const address = process.env[`${name}_ADDRESS`] || '127.0.0.1';
const host = address === '0.0.0.0' ? '127.0.0.1' : address;
const response = await fetch(`http://${host}:${listening}/ready`, { signal: AbortSignal.timeout(4000) });
if (!response.ok) {
  console.error(response.status, await response.text());
  process.exitCode = 1;
}
