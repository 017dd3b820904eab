import { type Ports, systemPorts } from './ports.js';
import { Addresses } from './resources/addresses.js';
import { apiOver } from './resources/api.js';
import { Backups } from './resources/backups.js';
import { Consoles } from './resources/consoles.js';
import { Disks } from './resources/disks.js';
import { Drifts } from './resources/drifts.js';
import { Events } from './resources/events.js';
import { Guests } from './resources/guests.js';
import { Hosts } from './resources/hosts.js';
import { Networks } from './resources/networks.js';
import { Operations } from './resources/operations.js';
import { Pools } from './resources/pools.js';
import { PortForwards } from './resources/port-forwards.js';
import { Projects } from './resources/projects.js';
import { Snapshots } from './resources/snapshots.js';
import { StrayDisks } from './resources/stray-disks.js';
import { StrayVms } from './resources/stray-vms.js';
import { System } from './resources/system.js';
import { Templates } from './resources/templates.js';
import { Tokens } from './resources/tokens.js';
import { Vms } from './resources/vms.js';
import { etagOf } from './send/answer-of.js';
import { requestSender } from './send/send-request.js';
import { uploader } from './send/upload.js';

const RETRIES = 3;

export interface ClientOptions {
  /** Where the API is: `http://127.0.0.1:7400`. */
  url: string;
  /** An API token; left out where only `system` is used. */
  token?: string;
  /** How often a request without a lasting answer is tried again. */
  retries?: number;
  userAgent?: string;
  /** Each change is refused when the thing no longer has this ETag; see `when`. */
  ifMatch?: string;
  /** Changes are only tried: nothing is written, and each throws a TriedError with what it would do. */
  dryRun?: boolean;
  ports?: Partial<Ports>;
}

/**
 * The REST API for programs, in browsers and in Node. Refusals are thrown as ApiError, silence as UnreachableError;
 * requests are tried again where that can help and can do no harm.
 */
export class VmanClient {
  readonly vms: Vms;
  readonly guests: Guests;
  readonly consoles: Consoles;
  readonly operations: Operations;
  readonly hosts: Hosts;
  readonly networks: Networks;
  readonly addresses: Addresses;
  readonly portForwards: PortForwards;
  readonly disks: Disks;
  readonly strayDisks: StrayDisks;
  readonly strayVms: StrayVms;
  readonly pools: Pools;
  readonly templates: Templates;
  readonly snapshots: Snapshots;
  readonly backups: Backups;
  readonly drifts: Drifts;
  readonly events: Events;
  readonly projects: Projects;
  readonly tokens: Tokens;
  readonly system: System;

  constructor(private readonly options: ClientOptions) {
    const ports = { ...systemPorts, ...options.ports };
    const url = options.url.replace(/\/+$/, '');
    const { userAgent, retries = RETRIES, ifMatch, dryRun } = options;
    const send = requestSender(ports, { retries, userAgent, ifMatch, dryRun });
    const api = apiOver(url, options.token, send);
    this.vms = new Vms(api);
    this.guests = new Guests(api, (extraSeconds) => {
      const once = { retries: 0, userAgent, dryRun, extraMs: extraSeconds * 1000 };
      return apiOver(url, options.token, requestSender(ports, once));
    });
    this.consoles = new Consoles(api);
    this.operations = new Operations(api, ports);
    this.hosts = new Hosts(api);
    this.networks = new Networks(api);
    this.addresses = new Addresses(api);
    this.portForwards = new PortForwards(api);
    this.disks = new Disks(api);
    this.strayDisks = new StrayDisks(api);
    this.strayVms = new StrayVms(api);
    this.pools = new Pools(api);
    this.templates = new Templates(api, uploader(url, options.token, ports));
    this.snapshots = new Snapshots(api);
    this.backups = new Backups(api);
    this.drifts = new Drifts(api);
    this.events = new Events(api, url, options.token, ports);
    this.projects = new Projects(api);
    this.tokens = new Tokens(api);
    // A health answer of 503 is an answer: it is not tried again.
    this.system = new System(url, requestSender(ports, { retries: 0 }), ports.monotonic);
  }

  /**
   * The same client for changes of this one thing: they are refused with `precondition_failed` when it is no longer as
   * it was when it was read.
   */
  when(thing: object): VmanClient {
    return new VmanClient({ ...this.options, ifMatch: etagOf(thing) });
  }
}
