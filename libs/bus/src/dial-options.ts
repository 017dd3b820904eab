import type { DialOptions } from './dial.js';

/** The settings that say how to reach the bus, as loadConfig gives them. */
interface BusSettings {
  natsUrl: string;
  natsToken?: string;
  natsCredentials?: string;
  natsCaFile?: string;
  natsCertFile?: string;
  natsKeyFile?: string;
}

/** How a service dials by its settings. */
export function dialBy(settings: BusSettings): Pick<DialOptions, 'url' | 'token' | 'credentials' | 'tls'> {
  const { natsUrl, natsToken, natsCredentials, natsCaFile, natsCertFile, natsKeyFile } = settings;
  // Without it the client would take a server that does not encrypt, and give it its secrets.
  const secured = natsUrl.includes('tls://') || natsCaFile || natsCertFile;
  return {
    url: natsUrl,
    token: natsToken,
    credentials: natsCredentials,
    ...(secured ? { tls: { caFile: natsCaFile, certFile: natsCertFile, keyFile: natsKeyFile } } : {}),
  };
}
