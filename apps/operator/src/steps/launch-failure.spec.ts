import { describe, expect, it } from '@jest/globals';
import { launchFailure } from './launch-failure.js';

const says = (text: string) => `2026-01-01T00:00:00.000000Z qemu-system-x86_64: ${text}\n`;

describe('what QEMU printed before it ended', () => {
  it.each([
    [says("-netdev {...}: Could not set up host forwarding rule 'tcp:127.0.0.1:80-:80'"), 'port_in_use'],
    [says("cannot set up guest memory 'pc.ram': Cannot allocate memory"), 'insufficient_memory'],
    [says('-blockdev {...}: Failed to get "write" lock'), 'resource_in_use'],
    [says('cannot create PID file: Cannot lock pid file: Resource temporarily unavailable'), 'unavailable'],
    [says("unable to find CPU model 'x'"), 'hypervisor_error'],
    ['', 'unavailable'],
  ])('%j is %s', (printed, code) => {
    expect(launchFailure(printed).code).toBe(code);
  });

  it('is handed on without times, program names and folders', () => {
    const { message } = launchFailure(
      says("Could not open '/var/lib/vman/disks/1.qcow2': Permission denied"),
    );
    expect(message).toBe("Could not open '1.qcow2': Permission denied");
  });
});
