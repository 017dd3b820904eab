/**
 * The one table of error codes. A code never changes its meaning; the wire and the API carry the code, never a
 * class. `docs/ERRORS.md` is generated from here.
 */
export type Retryable = 'never' | 'after_change' | 'later';

export interface CodeInfo {
  /** HTTP status (RFC 9110). */
  status: number;
  /** A few words for people; the same for each occurrence. */
  title: string;
  /** Whether the same request can succeed: never, once something was changed, or by itself later. */
  retryable: Retryable;
  /** What usually causes it. */
  cause: string;
  /** What is told of one occurrence, as `detail`. */
  example: string;
  /** What to do about it. */
  hint: string;
}

const table = {
  invalid_input: {
    status: 400,
    title: 'The request is not valid',
    retryable: 'after_change',
    cause: 'A field is missing, unknown, of the wrong type or out of range.',
    example: 'Not valid: memoryMiB.',
    hint: 'Correct the fields listed in `errors` and send the request again.',
  },
  invalid_json: {
    status: 400,
    title: 'The body is not JSON',
    retryable: 'after_change',
    cause: 'The body could not be parsed as JSON.',
    example: 'The body could not be parsed as JSON.',
    hint: 'Send a JSON object with content type application/json.',
  },
  unauthorized: {
    status: 401,
    title: 'Who are you?',
    retryable: 'after_change',
    cause: 'The Authorization header is missing, or its token is unknown, expired or revoked.',
    example: 'The token is not valid.',
    hint: 'Send `Authorization: Bearer <token>` with a valid API token.',
  },
  forbidden: {
    status: 403,
    title: 'Your role does not allow this',
    retryable: 'after_change',
    cause:
      'The token is valid, but its role lacks the permission of this route, or it is bound to a project and this is of the whole fleet.',
    example: 'This needs the permission vms:write: role operator or above.',
    hint: 'Use a token whose role has the permission named in `detail`.',
  },
  not_found: {
    status: 404,
    title: 'There is no such resource',
    retryable: 'after_change',
    cause: 'The id or name does not exist, or is not visible to this token.',
    example: 'There is no such VM.',
    hint: 'List the resources of that kind to find the right id.',
  },
  method_not_allowed: {
    status: 405,
    title: 'This method does not exist here',
    retryable: 'never',
    cause: 'The path exists, but not with this HTTP method.',
    example: 'There is no such method here.',
    hint: 'Look the route up in the API documentation at /docs.',
  },
  already_exists: {
    status: 409,
    title: 'It exists already',
    retryable: 'after_change',
    cause: 'Another resource of the project has this name.',
    example: 'A resource with this name exists already.',
    hint: 'Choose another name, or use the existing resource.',
  },
  conflict: {
    status: 409,
    title: 'Somebody else changed it at the same time',
    retryable: 'later',
    cause: 'Two changes of one resource met.',
    example: 'Another change was faster.',
    hint: 'Read the resource again and repeat the change.',
  },
  invalid_state: {
    status: 409,
    title: 'Not possible in its present state',
    retryable: 'after_change',
    cause: 'The resource is in a state in which this action has no meaning.',
    example: 'The VM is being deleted.',
    hint: 'Look at the state of the resource and bring it into the state named in `detail` first.',
  },
  protected: {
    status: 409,
    title: 'It is protected against deletion',
    retryable: 'after_change',
    cause: '`deletionProtection` is true.',
    example: 'The VM web-1 is protected against deletion.',
    hint: 'Set `deletionProtection` to false first.',
  },
  resource_in_use: {
    status: 409,
    title: 'Something still uses it',
    retryable: 'after_change',
    cause: 'Other resources depend on it; `detail` names them.',
    example: 'The VM web-1 holds it.',
    hint: 'Delete or change what uses it first.',
  },
  quota_exceeded: {
    status: 409,
    title: 'The quota of the project is not enough',
    retryable: 'after_change',
    cause:
      'The change would take more VMs, CPUs, memory, disk, addresses or snapshots than the project may have.',
    example: 'The quota of the project shop is not enough: 10 of 10 VMs are used, and this takes 1 more.',
    hint: 'Delete what is not needed, or ask an administrator for a larger quota; GET /v1/quotas shows what is used.',
  },
  superseded: {
    status: 409,
    title: 'A later change took its place',
    retryable: 'never',
    cause: 'Before this change was reached, another one asked for something else.',
    example:
      'Operation 0199c1f2-7d3a-7c4e-9b1f-5a2d8e6c4b10 asked for something else before this was reached.',
    hint: 'Look at the operation named in `detail`; repeat the change if you still want it.',
  },
  idempotency_key_reused: {
    status: 409,
    title: 'This idempotency key belongs to another request',
    retryable: 'after_change',
    cause: 'The Idempotency-Key was sent before with another body or route.',
    example: 'This Idempotency-Key was sent before with another request.',
    hint: 'Use a new key for a new request.',
  },
  idempotency_in_progress: {
    status: 409,
    title: 'The first request with this key is still at work',
    retryable: 'later',
    cause: 'Two requests with one Idempotency-Key arrived together.',
    example: 'The first request with this key is still at work.',
    hint: 'Repeat the request after the time given in Retry-After.',
  },
  precondition_failed: {
    status: 412,
    title: 'It changed since you read it',
    retryable: 'after_change',
    cause: 'If-Match names another version than the present one.',
    example: 'The present ETag is "g4".',
    hint: 'Read the resource again, look at what changed, and repeat with the new ETag.',
  },
  payload_too_large: {
    status: 413,
    title: 'The body is too large',
    retryable: 'after_change',
    cause: 'The body passes the limit of 1 MiB.',
    example: 'The body is larger than 1 MiB.',
    hint: 'Send a smaller body.',
  },
  unsupported_media_type: {
    status: 415,
    title: 'This content type is not understood',
    retryable: 'after_change',
    cause: 'The body has another content type than the route takes.',
    example: 'The body is not application/json.',
    hint: 'Send application/json (PATCH also takes application/merge-patch+json).',
  },
  rate_limited: {
    status: 429,
    title: 'Too many requests',
    retryable: 'later',
    cause: 'The caller passed its rate limit.',
    example: 'More than 600 requests in 10 s.',
    hint: 'Wait as long as Retry-After says.',
  },
  image_rejected: {
    status: 400,
    title: 'The image cannot be used',
    retryable: 'after_change',
    cause: 'The image is damaged, of another format than declared, or its checksum differs.',
    example: 'It has more than the 10737418240 bytes that are allowed.',
    hint: 'Give a qcow2 or raw image and its right format and sha256.',
  },
  image_unsafe: {
    status: 400,
    title: 'The image is refused for safety',
    retryable: 'after_change',
    cause: 'The image refers to other files, is encrypted, or claims impossible sizes.',
    example: 'It is encrypted.',
    hint: 'Flatten the image into a plain qcow2 without backing or data file.',
  },
  source_refused: {
    status: 400,
    title: 'Nothing may be fetched from there',
    retryable: 'after_change',
    cause:
      'The URL, or where it redirects to, has a scheme or an address that this server does not fetch from.',
    example: 'The source redirects to an address that is not allowed.',
    hint: 'Upload the image, or let an admin allow the network with VMAN_IMPORT_URL_ALLOW.',
  },
  source_failed: {
    status: 502,
    title: 'The source did not give the image',
    retryable: 'later',
    cause: 'The server behind the URL was not reached, answered with an error, or was too slow.',
    example: 'The source answered with status 404.',
    hint: 'Look whether the URL works elsewhere, then import it again.',
  },
  upload_interrupted: {
    status: 400,
    title: 'The upload did not reach its end',
    retryable: 'after_change',
    cause: 'The connection broke, the server was restarted meanwhile, or the upload was never begun.',
    example: 'The transfer stalled or took too long.',
    hint: 'Delete the failed template, create it again and upload the image once more.',
  },
  image_missing: {
    status: 409,
    title: 'The image of a disk is gone',
    retryable: 'later',
    cause: 'The image store no longer holds the file that a template names.',
    example: 'The image store does not hold this image.',
    hint: 'Restore the file in the image store, or import the template again.',
  },
  disk_missing: {
    status: 409,
    title: 'A disk of the VM is gone',
    retryable: 'after_change',
    cause: 'The file of a disk was removed or renamed behind the back of VMAN.',
    example: 'The file of disk 0199c1f2-7d3a-7c4e-9b1f-5a2d8e6c4b10 is not in its pool any more.',
    hint: 'Put the file back on the host, or restore the disk from a backup; then start the VM again.',
  },
  storage_full: {
    status: 507,
    title: 'There is no space left',
    retryable: 'later',
    cause: 'The storage of the host or of the image store is full.',
    example: 'No room for the disk: pool fast: 20 GiB asked, 12.5 GiB free of 100 GiB x 2.',
    hint: 'Free space on the storage named in `detail`, or add some.',
  },
  drain_incomplete: {
    status: 409,
    title: 'Some VMs stay on the host',
    retryable: 'after_change',
    cause: 'Their disks lie where no other host has them, or they run without failover, or no host has room.',
    example: '2 VMs stay. web-1 runs: it is to run and has no failover.',
    hint: 'Do for each VM what its reason says, then drain the host again.',
  },
  lease_held: {
    status: 409,
    title: 'Another host holds the lease of the VM',
    retryable: 'later',
    cause: 'A VM with failover runs only on the host that holds its lease on the shared pool.',
    example: 'Host host-2 holds the lease of the VM.',
    hint: 'Nothing: it starts once the other host has given the lease back, or has surely stopped.',
  },
  pool_unavailable: {
    status: 503,
    title: 'The pool cannot be used now',
    retryable: 'later',
    cause: 'Its folder is not mounted, holds another pool, cannot be written or does not answer.',
    example: 'Pool far cannot be used: its folder is not mounted.',
    hint: 'Bring the storage of that pool back on the host; what waits for it goes on by itself.',
  },
  backup_damaged: {
    status: 409,
    title: 'The backup is damaged',
    retryable: 'after_change',
    cause: 'A file of the backup, or of one that it adds to, is missing or does not fit its checksum.',
    example: 'Backup 0199c1f2-7d3a-7c4e-9b1f-5a2d8e6c4b10 is damaged.',
    hint: 'Use an older backup, and make a full one now; look at the storage of the pool.',
  },
  cancelled: {
    status: 409,
    title: 'Somebody cancelled it',
    retryable: 'after_change',
    cause: 'The operation was cancelled while it ran; what it had done was undone.',
    example: 'It was cancelled.',
    hint: 'Ask for it again if you still want it.',
  },
  snapshot_missing: {
    status: 409,
    title: 'The snapshot is not on its host',
    retryable: 'after_change',
    cause: 'A disk does not hold the snapshot: it was removed behind the back of VMAN, or never finished.',
    example: 'Disk 0199c1f2-7d3a-7c4e-9b1f-5a2d8e6c4b10 does not hold the snapshot.',
    hint: 'Take another snapshot, and delete this one.',
  },
  snapshot_mismatch: {
    status: 409,
    title: 'The snapshot does not fit the VM any more',
    retryable: 'after_change',
    cause: 'Disks, NICs or the machine of the VM are others than when the snapshot was taken.',
    example: 'vcpus 2 then, 4 now.',
    hint: 'Give the VM the shape named in `detail` again, or restore without the memory, or clone the snapshot.',
  },
  restore_failed: {
    status: 502,
    title: 'The snapshot could not be restored',
    retryable: 'after_change',
    cause: 'QEMU refused to go on from the state that the snapshot holds; `detail` has its words.',
    example: 'QEMU did not load the state: unknown device.',
    hint: 'The disks are what they were before. Restore without the memory, or another snapshot.',
  },
  placement_failed: {
    status: 507,
    title: 'No host can take the VM',
    retryable: 'later',
    cause: 'Each host was refused by a rule; `detail` lists them with the numbers.',
    example: 'host-1: 1024 MiB asked, 512 MiB free of 16384 MiB; host-2: takes no new VMs',
    hint: 'Make the VM smaller, free or add a host, or change the placement rules.',
  },
  address_exhausted: {
    status: 507,
    title: 'No address of the network is free',
    retryable: 'later',
    cause: 'Every address that the network gives out is held, reserved or resting; `detail` has the figures.',
    example: 'No IPv4 address of lan is free: 250 held, 3 reserved, 1 resting.',
    hint: 'Delete VMs or NICs that are not needed, widen `ranges` of the network, or wait for those that rest.',
  },
  address_in_use: {
    status: 409,
    title: 'The address is taken',
    retryable: 'after_change',
    cause: 'Another VM has this IP or MAC address, or somebody reserved it.',
    example: 'Another NIC has the MAC 52:54:00:12:34:56.',
    hint: 'Choose another address, or leave it out to get a free one.',
  },
  port_exhausted: {
    status: 507,
    title: 'No host port is free',
    retryable: 'later',
    cause: 'Every port of the forwarding range is taken on this host.',
    example: 'No port of 30000 to 32767 is free on the host.',
    hint: 'Remove port forwards that are not needed, or widen the range.',
  },
  port_in_use: {
    status: 409,
    title: 'The host port is taken',
    retryable: 'after_change',
    cause:
      'Another VM or another process of the host listens on this port, or QEMU may not: without rights not below 1024.',
    example: 'The host port 127.0.0.1:30022/tcp is taken.',
    hint: 'Choose another host port, or leave it out to get a free one.',
  },
  insufficient_memory: {
    status: 507,
    title: 'The host has not enough memory',
    retryable: 'after_change',
    cause: 'QEMU could not get the memory of the VM from the host.',
    example: 'The host has no memory for another process.',
    hint: 'Make the VM smaller or free memory on the host, then start it again.',
  },
  host_unreachable: {
    status: 503,
    title: 'The host does not answer',
    retryable: 'later',
    cause: 'The operator of the host is down or cut off.',
    example: 'The host of the VM does not answer.',
    hint: 'Check the operator on that host; the work goes on when it is back.',
  },
  hypervisor_error: {
    status: 502,
    title: 'QEMU refused',
    retryable: 'after_change',
    cause: 'QEMU ended or answered with an error; `detail` has its words.',
    example: 'Disk 0199c1f2-7d3a-7c4e-9b1f-5a2d8e6c4b10 could not be copied: Input/output error.',
    hint: 'Read the message, change the VM accordingly, and start it again.',
  },
  network_unavailable: {
    status: 503,
    title: 'The host cannot make this network',
    retryable: 'later',
    cause:
      'The operator lacks a right or a program that bridges, packet filters or DHCP need, or the bridge is not there.',
    example: 'This host has no bridge br0.',
    hint: 'Read the message; `networks` of the host says what is missing. NICs of kind `user` work without.',
  },
  guest_refused: {
    status: 409,
    title: 'The guest did not obey',
    retryable: 'later',
    cause: 'The guest did not react to what it was asked within the time limit.',
    example: 'The guest did not shut down within 30000 ms.',
    hint: 'Look at the guest console, repeat, or use the forced form of the action.',
  },
  guest_agent_unavailable: {
    status: 409,
    title: 'No agent answers in the guest',
    retryable: 'later',
    cause: 'The guest is off or still booting, or has no qemu-guest-agent that runs.',
    example: 'The VM does not run on its host.',
    hint: 'Wait until the condition AgentConnected is true; install and start qemu-guest-agent in the guest.',
  },
  deadline_exceeded: {
    status: 504,
    title: 'It took too long',
    retryable: 'later',
    cause: 'The deadline of the operation passed before it was done.',
    example: 'Its host did not answer before the deadline.',
    hint: 'Look at the state of the resource, then repeat the request.',
  },
  unsupported: {
    status: 400,
    title: 'This is not supported here',
    retryable: 'never',
    cause: 'The host, its QEMU or this version of VMAN cannot do it.',
    example: 'This cannot be tried without doing it.',
    hint: 'Read `detail` for what is missing.',
  },
  unavailable: {
    status: 503,
    title: 'VMAN cannot answer right now',
    retryable: 'later',
    cause: 'The database or the bus is away, or the service is shutting down.',
    example: 'The database is away.',
    hint: 'Repeat the request after the time given in Retry-After.',
  },
  internal: {
    status: 500,
    title: 'A fault inside VMAN',
    retryable: 'later',
    cause: 'A bug.',
    example: 'Something went wrong inside VMAN.',
    hint: 'Look for the request id in the log, and report it with the lines found.',
  },
} as const satisfies Record<string, CodeInfo>;

export type ErrorCode = keyof typeof table;

export const ERROR_CODES: Readonly<Record<ErrorCode, CodeInfo>> = table;

export function isErrorCode(value: string): value is ErrorCode {
  return Object.hasOwn(table, value);
}
